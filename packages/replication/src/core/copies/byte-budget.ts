/** What may be sent at once after a while of silence, as a share of a second. */
const BURST = 0.1;

/**
 * A bound on bytes per second, by the time of events. One thing larger than what is left may still
 * go; the debt is paid before the next, so that a large record is late and never stuck.
 */
export class ByteBudget {
  #available: number;
  #atMs: number;

  constructor(
    private readonly bytesPerSecond: number,
    nowMs: number,
  ) {
    this.#available = bytesPerSecond * BURST;
    this.#atMs = nowMs;
  }

  /** Whether anything may be sent now. */
  hasRoom(nowMs: number): boolean {
    const earned = ((nowMs - this.#atMs) / 1000) * this.bytesPerSecond;
    this.#available = Math.min(this.bytesPerSecond * BURST, this.#available + earned);
    this.#atMs = nowMs;
    return this.#available > 0;
  }

  spend(bytes: number): void {
    this.#available -= bytes;
  }
}
