/** Sessions of TLS 1.2 by id, so that a client may resume one; the oldest make room. */
export class TlsSessionCache {
  readonly #sessions = new Map<string, Buffer>();

  constructor(readonly maxSessions: number) {}

  get size(): number {
    return this.#sessions.size;
  }

  store(id: Buffer, session: Buffer): void {
    this.#sessions.set(id.toString('hex'), session);
    if (this.#sessions.size <= this.maxSessions) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }

  get(id: Buffer): Buffer | null {
    return this.#sessions.get(id.toString('hex')) ?? null;
  }

  clear(): void {
    this.#sessions.clear();
  }
}
