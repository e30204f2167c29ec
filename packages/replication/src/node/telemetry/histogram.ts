/** Upper bounds in ms: fine where a copy on the same network answers, coarse where a node died. */
const BOUNDS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000] as const;

/** Durations counted in fixed buckets, as Prometheus wants them. */
export class Histogram {
  readonly #counts = new Array<number>(BOUNDS_MS.length + 1).fill(0);
  #sumMs = 0;
  #count = 0;

  add(durationMs: number): void {
    const index = BOUNDS_MS.findIndex((bound) => durationMs <= bound);
    const bucket = index === -1 ? BOUNDS_MS.length : index;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sumMs += durationMs;
    this.#count++;
  }

  /** Cumulative, in seconds: how many took at most that long. */
  snapshot(): HistogramSnapshot {
    let below = 0;
    const buckets = BOUNDS_MS.map((bound, index) => {
      below += this.#counts[index] as number;
      return { atMostSeconds: bound / 1000, count: below };
    });
    return { buckets, count: this.#count, sumSeconds: this.#sumMs / 1000 };
  }
}

export interface HistogramSnapshot {
  readonly buckets: readonly { readonly atMostSeconds: number; readonly count: number }[];
  readonly count: number;
  readonly sumSeconds: number;
}
