/** Lets runs overlap in their order: each begins in its turn, while a few before it are not done yet. */

/** Runs in flight: one is computed, the one before it is read back, the one after it is uploaded. */
const MOST_IN_FLIGHT = 3;

/** A run that was submitted; in a box, because a turn that returned the promise would wait for it. */
export interface Begun<T> {
  readonly result: Promise<T>;
}

export class Turns {
  /** Resolves when the last run that was enqueued has begun, or failed to. */
  private line: Promise<unknown> = Promise.resolve();
  private readonly inFlight = new Set<Promise<unknown>>();

  /** Calls `begin` when all that were called for before have begun and few enough are in flight. */
  take<T>(begin: () => Promise<Begun<T>>): Promise<Begun<T>> {
    return this.next(MOST_IN_FLIGHT - 1, async () => {
      const begun = await begin();
      const ended: Promise<unknown> = begun.result
        .catch(() => undefined)
        .then(() => this.inFlight.delete(ended));
      this.inFlight.add(ended);
      return begun;
    });
  }

  /** Calls `work` when all before it is done; what comes after it waits until it is. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.next(0, work);
  }

  /** Resolves when all that was called for is done. */
  async idle(): Promise<void> {
    await this.alone(() => Promise.resolve());
  }

  private next<T>(mostBefore: number, work: () => Promise<T>): Promise<T> {
    const turn = this.line.then(async () => {
      while (this.inFlight.size > mostBefore) await Promise.race(this.inFlight);
      return work();
    });
    this.line = turn.catch(() => undefined);
    return turn;
  }
}
