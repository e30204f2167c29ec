import { formatVersion, type SessionSnapshot } from '@understudy/replication';
import type { SessionListener, WatchedEnd } from '../watch/session-watches.js';
import { noticeMs } from './notice.js';

/** Where events go. */
export interface EventSink {
  send(event: string, data: object, id?: string): void;
  end(): void;
}

export interface TellerOptions<View extends object> {
  /** What `GET /session` says of the session. */
  readonly view: (snapshot: SessionSnapshot) => View;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly idleTimeoutMs: (snapshot: SessionSnapshot) => number;
}

/** Turns what is seen of a session into the events of `GET /session/events`. */
export class SessionTeller<View extends object> implements SessionListener {
  #last: { readonly key: string; readonly revision: string } | undefined;
  #isExpiring = false;

  constructor(
    private readonly sink: EventSink,
    private readonly options: TellerOptions<View>,
  ) {}

  seen(snapshot: SessionSnapshot): void {
    const { key } = snapshot;
    const revision = formatVersion(snapshot.version);
    const last = this.#last;
    this.#last = { key, revision };
    const remainingMs = Math.min(snapshot.idleRemainingMs, snapshot.absoluteRemainingMs);
    const expiresAt = new Date(this.options.now() + remainingMs).toISOString();
    const isExpiring = remainingMs <= noticeMs(this.options.idleTimeoutMs(snapshot));
    if (!last) this.sink.send('snapshot', this.options.view(snapshot), revision);
    else if (last.key !== key) this.sink.send('rotated', { revision, expiresAt }, revision);
    else if (last.revision !== revision || (this.#isExpiring && !isExpiring)) {
      // Somebody came back, which changes nothing but the time that is left.
      this.sink.send('updated', { revision, expiresAt }, revision);
    }
    if (isExpiring && !this.#isExpiring) this.sink.send('expiring', { at: expiresAt });
    this.#isExpiring = isExpiring;
  }

  ended(reason: WatchedEnd): void {
    if (reason === 'expired') this.sink.send('expired', {});
    else this.sink.send('revoked', { reason });
    this.sink.end();
  }
}
