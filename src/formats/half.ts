/** 16-bit floats, widened to float32 exactly. */

let table: Float32Array | null = null;

/** The value of every half float, by its bits; 256 KB, made when the first half is read. */
function halfTable(): Float32Array {
  if (table) return table;
  table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const mantissa = bits & 1023;
    const magnitude =
      exponent === 0
        ? mantissa * 2 ** -24
        : exponent < 31
          ? (1024 + mantissa) * 2 ** (exponent - 25)
          : mantissa
            ? NaN
            : Infinity;
    table[bits] = bits & 0x8000 ? -magnitude : magnitude;
  }
  return table;
}

/** Widens IEEE half floats (1 sign, 5 exponent, 10 mantissa bits), given as their bits. */
export function halfToFloat(halves: Uint16Array): Float32Array {
  const values = halfTable();
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = values[halves[i]];
  return floats;
}

/** Widens bfloat16 (the upper half of a float32), given as bits. */
export function bfloat16ToFloat(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}
