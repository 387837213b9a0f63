/** A colour for each class, far from those of its neighbours. */

/** Degrees; no divisor of 360, so that no two of 360 classes share a hue. */
const STEP = 77;
const FIRST = 314;

/** Light enough for dark text, whatever the class. */
export function colourOf(index: number, alpha = 1): string {
  const hue = (index * STEP + FIRST) % 360;
  return `oklch(0.82 0.13 ${hue} / ${alpha})`;
}

/** Of text on such a colour. */
export const TEXT_ON_COLOUR = "#10151b";
