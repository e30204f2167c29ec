/** Upper bounds in ms: fine where a copy on the same network answers, coarse where a node died. */
const BOUNDS_MS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000] as const;

/** How long responses were held back, counted as Prometheus wants it. */
export class HeldTimes {
  readonly #counts = new Array<number>(BOUNDS_MS.length).fill(0);
  #count = 0;
  #sumMs = 0;

  add(ms: number): void {
    const index = BOUNDS_MS.findIndex((bound) => ms <= bound);
    if (index !== -1) this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#count++;
    this.#sumMs += ms;
  }

  /** Cumulative: how many took at most that long. */
  snapshot() {
    let below = 0;
    const buckets = BOUNDS_MS.map((bound, index) => {
      below += this.#counts[index] as number;
      return { atMostSeconds: bound / 1000, count: below };
    });
    return { buckets, count: this.#count, sumSeconds: this.#sumMs / 1000 };
  }
}
