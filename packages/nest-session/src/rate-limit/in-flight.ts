/** Requests under way at this node, by the name of their limit; names are written in the program. */
export class InFlight {
  readonly #counts = new Map<string, number>();

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Counts one; gives what ends it, which may be called more than once. */
  enter(name: string): () => void {
    this.#counts.set(name, this.count(name) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#counts.set(name, this.count(name) - 1);
    };
  }
}
