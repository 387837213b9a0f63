/** float32 rounded to 16-bit floats, as they are stored in GPU memory. */

/** The greatest magnitude of a 16-bit float. */
export const GREATEST_HALF = 65504;

const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);

/**
 * The bits of the half floats nearest to the numbers, ties to even; magnitudes beyond 65504 become
 * that, as in the shaders.
 * @param to at least as long as `numbers`
 */
export function floatToHalf(
  numbers: Float32Array,
  to: Uint16Array = new Uint16Array(numbers.length),
): Uint16Array {
  const all = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  for (let i = 0; i < all.length; i++) to[i] = halfOf(all[i]);
  return to;
}

function halfOf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude >= 0x477fe000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7bff);
  if (magnitude >= 0x38800000) {
    const rest = magnitude - 0x38000000;
    return sign | ((rest + 0xfff + ((rest >>> 13) & 1)) >>> 13);
  }
  // Below 2^-14 halves lie 2^-24 apart, as do float32 between 0.5 and 1.
  bits[0] = magnitude;
  number[0] += 0.5;
  return sign | (bits[0] - 0x3f000000);
}
