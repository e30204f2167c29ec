const NOTHING_BEFORE: Promise<unknown> = Promise.resolve();

/**
 * Whatever does one thing at a time: a save during a save is computed after it. To be extended, since
 * an object more for each request would be seen in the benchmark.
 */
export abstract class TakesTurns {
  #turns = 0;
  #turn: Promise<unknown> = NOTHING_BEFORE;

  /** Whether nothing is under way. */
  protected get isIdle(): boolean {
    return this.#turns === 0;
  }

  protected inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    // Most requests do one thing, which begins without a detour.
    const turn = this.#turns++ === 0 ? work() : this.#turn.then(work);
    this.#turn = turn.then(
      () => void this.#turns--,
      () => void this.#turns--,
    );
    return turn;
  }
}
