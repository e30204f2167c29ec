import type { SessionSnapshot } from '@understudy/replication';
import { SessionExchange } from '../exchange/session-exchange.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { Principal } from '../session/principal.js';
import type { Session } from '../session/session.decorator.js';
import type { SessionData } from '../session/session-handle.js';

/** The session of one socket, for as long as both live. */
export class AttachedSession {
  #key: string | undefined;
  #principal: Principal | null = null;

  constructor(
    private readonly runtime: SessionRuntime,
    private readonly facts: RequestFacts,
    snapshot: SessionSnapshot | undefined,
  ) {
    if (snapshot) this.show(snapshot);
  }

  /** SHA-256 of the session id; undefined where the client came without a session. */
  get id(): string | undefined {
    return this.#key;
  }

  /** Who was signed in when the session was last looked at. */
  get principal(): Principal | null {
    return this.#principal;
  }

  /**
   * The session as it is now, with properties and methods as in a request. What a handler changes is
   * stored by `save()` or `update()`, never by itself. Rejects with a `SessionError` when no node can
   * serve it.
   */
  async session<Data = SessionData>(): Promise<Session<Data>> {
    return (await this.exchange()).handle as Session<Data>;
  }

  /** Extends the idle time, as a message does. */
  touch(): void {
    if (this.#key !== undefined) this.runtime.store.touch(this.#key);
  }

  /** A view of its own for each message, as for each request: none sees what another left half done. */
  async exchange(): Promise<SessionExchange> {
    const exchange = new SessionExchange(this.runtime, this.facts);
    await exchange.resume(this.#key);
    return exchange;
  }

  /** For the session layer itself: the session has changed, or has another key. */
  show({ key, document }: SessionSnapshot): void {
    this.#key = key;
    this.#principal = (document.system.principal as Principal | undefined) ?? null;
  }
}
