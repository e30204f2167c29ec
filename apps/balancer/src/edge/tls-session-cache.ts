import type { TlsSessions } from './tls-sessions.js';

/** Sessions in the memory of this process; the oldest make room. */
export class TlsSessionCache implements TlsSessions {
  readonly #sessions = new Map<string, Buffer>();

  constructor(readonly maxSessions: number) {}

  get size(): number {
    return this.#sessions.size;
  }

  keep(id: Buffer, session: Buffer, onKept: () => void): void {
    this.#sessions.set(id.toString('hex'), session);
    this.#makeRoom();
    onKept();
  }

  find(id: Buffer, onFound: (session: Buffer | null) => void): void {
    onFound(this.#sessions.get(id.toString('hex')) ?? null);
  }

  clear(): void {
    this.#sessions.clear();
  }

  #makeRoom(): void {
    if (this.#sessions.size <= this.maxSessions) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }
}
