/** Renews a claim again and again for as long as the work under it goes on. */
export class Lease {
  readonly #timer: NodeJS.Timeout;
  #renewal: Promise<void> | undefined;

  constructor(renew: () => Promise<unknown>, everyMs: number) {
    this.#timer = setInterval(() => {
      // One at a time: a slow cluster must not collect renewals.
      this.#renewal ??= this.#once(renew);
    }, everyMs);
    this.#timer.unref();
  }

  /** Resolves when no renewal is under way any more, so that none follows what is stored next. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewal;
  }

  async #once(renew: () => Promise<unknown>): Promise<void> {
    try {
      await renew();
    } catch {
      // Without a renewal the claim runs out, and another node goes on: what it is for.
    } finally {
      this.#renewal = undefined;
    }
  }
}
