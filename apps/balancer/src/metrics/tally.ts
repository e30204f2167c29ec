/** Counts since the start, by label. */
export class Tally<L extends string> {
  readonly #counts = new Map<L, number>();

  constructor(labels: readonly L[]) {
    // Every label exists from the start, so that a graph shows zero rather than a gap.
    for (const label of labels) this.#counts.set(label, 0);
  }

  add(label: L, more = 1): void {
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + more);
  }

  get(label: L): number {
    return this.#counts.get(label) ?? 0;
  }

  entries(): IterableIterator<[L, number]> {
    return this.#counts.entries();
  }
}
