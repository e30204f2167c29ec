/** Drains that are not over; each looks again whenever it is told to. */
export class DrainWaiters {
  readonly #checks = new Set<() => void>();

  wait(isOver: () => boolean): Promise<void> {
    return new Promise<void>((resolve) => {
      const check = (): void => {
        if (!isOver()) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }

  check(): void {
    for (const check of [...this.#checks]) check();
  }
}
