export interface HistogramCounts {
  /** By upper bound, what is longer than the last one included. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** Counts of durations by upper bound, in constant memory. */
export class Histogram {
  readonly #counts: number[];
  #sumMs = 0;

  /** @param boundsMs Ascending; what is longer than the last one is counted, too. */
  constructor(readonly boundsMs: readonly number[]) {
    this.#counts = new Array<number>(boundsMs.length + 1).fill(0);
  }

  add(durationMs: number): void {
    let place = 0;
    while (place < this.boundsMs.length && durationMs > (this.boundsMs[place] as number)) place++;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sumMs += durationMs;
  }

  counts(): HistogramCounts {
    return { counts: [...this.#counts], sumMs: this.#sumMs };
  }

  /** Of a histogram with the same bounds. */
  addCounts({ counts, sumMs }: HistogramCounts): void {
    for (let i = 0; i < this.#counts.length; i++) {
      this.#counts[i] = (this.#counts[i] ?? 0) + (counts[i] ?? 0);
    }
    this.#sumMs += sumMs;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** For each bound how many took at most that long, as Prometheus counts them. */
  cumulative(): { readonly boundMs: number; readonly count: number }[] {
    let count = 0;
    return this.boundsMs.map((boundMs, index) => {
      count += this.#counts[index] ?? 0;
      return { boundMs, count };
    });
  }
}
