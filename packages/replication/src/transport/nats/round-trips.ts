/**
 * Round trips to the broker that end when the connection does: a flush of the official clients may
 * never settle then. (Racing each against the promise of the end would leave a reaction behind in
 * that promise for every flush of a long life.)
 */
export class RoundTrips {
  readonly #waiting = new Set<() => void>();

  /** Resolves with whether the broker answered. */
  begin(flush: () => Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (answered: boolean): void => {
        this.#waiting.delete(lost);
        resolve(answered);
      };
      const lost = (): void => settle(false);
      this.#waiting.add(lost);
      flush().then(() => settle(true), lost);
    });
  }

  /** Ends those under way. */
  lost(): void {
    for (const lost of [...this.#waiting]) lost();
  }
}
