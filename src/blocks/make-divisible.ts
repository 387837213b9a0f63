/** The rounding of channel counts that the MobileNets share. */

/**
 * `channels` rounded to a multiple of `divisor`, at least `divisor`, and never by more than a
 * tenth down.
 */
export function makeDivisible(channels: number, divisor = 8): number {
  const nearest = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return nearest < 0.9 * channels ? nearest + divisor : nearest;
}
