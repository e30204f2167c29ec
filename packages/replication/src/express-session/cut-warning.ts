/** Says once that sessions end before their cookies: people are signed out at a time nobody chose. */
export class CutWarning {
  #isTold = false;

  constructor(private readonly absoluteTimeoutMs: number) {}

  learn(idleTimeoutMs: number): void {
    if (this.#isTold || idleTimeoutMs <= this.absoluteTimeoutMs) return;
    this.#isTold = true;
    process.emitWarning(
      `a session's maxAge is ${idleTimeoutMs} ms, but sessions end after absoluteTimeoutMs, ` +
        `${this.absoluteTimeoutMs} ms, however often they are used; give ClusterStore a longer one`,
      'UnderstudyClusterStore',
    );
  }
}
