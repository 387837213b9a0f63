/** Random choices that a seed repeats on every machine. */

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed + 1, 0x9e3779b9) >>> 0 || 1;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** The xorshift of Marsaglia (Xorshift RNGs, 2003), 32 bits. */
  private next(): number {
    let s = this.state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (this.state = s >>> 0);
  }

  /** A whole number from 0 to before `end`. */
  below(end: number): number {
    return this.next() % Math.max(1, end);
  }

  /** True once in `of` times. */
  once(of: number): boolean {
    return this.below(of) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** Sizes, axes and counts that no file should have, and a few that it may. */
const INTEGERS = [
  ...[0, 1, 2, 3, 4, 5, 7, 8, 16, 64, 255, 1000, 65_536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32],
  ...[2 ** 40, Number.MAX_SAFE_INTEGER, -1, -2, -3, -5, -100, -(2 ** 31), Number.MIN_SAFE_INTEGER],
];

const FLOATS = [0, 1, -1, 0.5, 3, 1e-40, 1e-5, 100, 1e9, 3e38, -3e38, NaN, Infinity, -Infinity];

/** Small in half of the cases, so that files stay readable for longer. */
export function absurdInteger(random: Random): number {
  return random.once(2) ? random.below(9) - 2 : random.pick(INTEGERS);
}

export function absurdFloat(random: Random): number {
  return random.pick(FLOATS);
}
