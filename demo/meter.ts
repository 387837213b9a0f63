/** Keeps the times of the last runs: their median, and how many there are a second. */

const KEPT = 30;

export class Meter {
  private times: number[] = [];
  private ends: number[] = [];

  /** @param end when the run ended, in milliseconds of `performance.now()` */
  add(ms: number, end: number): void {
    this.times = [...this.times, ms].slice(-KEPT);
    this.ends = [...this.ends, end].slice(-KEPT);
  }

  reset(): void {
    this.times = [];
    this.ends = [];
  }

  /** Milliseconds; null before the first run. */
  get median(): number | null {
    const sorted = [...this.times].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    if (sorted.length === 0) return null;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Runs a second, from end to end; null while there are not two. */
  get perSecond(): number | null {
    if (this.ends.length < 2) return null;
    const span = this.ends.at(-1)! - this.ends[0];
    return span > 0 ? ((this.ends.length - 1) * 1000) / span : null;
  }
}
