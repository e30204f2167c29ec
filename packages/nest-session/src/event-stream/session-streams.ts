import type { ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { formatVersion, type SessionSnapshot } from '@understudy/replication';
import type { SessionView } from '../endpoints/session.controller.js';
import { QuotaExceededError, ReducedCapacityError } from '../errors.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import { lifetimeOf } from '../lifetime/lifetime.js';
import {
  DRAIN_JITTER_MS,
  MAX_STREAMS,
  MAX_STREAMS_PER_SESSION,
  STREAM_LOOK_MS,
  STREAM_PING_MS,
  STREAM_RETRY_SECONDS,
} from '../limits.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import type { Principal } from '../session/principal.js';
import { shownPrincipal } from '../session/shown-principal.js';
import { NORMALIZED_OPTIONS, SESSION_RUNTIME } from '../tokens.js';
import { processClock, type SessionListener } from '../watch/session-watches.js';
import { DeadlineSources } from './deadline-sources.js';
import { DeadlineTeller } from './deadline-teller.js';
import { EventStream } from './event-stream.js';
import { SessionTeller } from './session-teller.js';

const POLICY = 'event-streams';

/** The event streams open on this node. */
@Injectable()
export class SessionStreams {
  readonly #open = new Set<EventStream>();
  readonly #bySession = new Map<string, number>();

  constructor(
    @Inject(SESSION_RUNTIME) private readonly runtime: SessionRuntime,
    @Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions,
    @Inject(DeadlineSources) private readonly deadlines: DeadlineSources,
  ) {}

  /** Throws before anything is sent when there are too many: `quota-exceeded`, or of this node. */
  admit(key: string): void {
    if ((this.#bySession.get(key) ?? 0) >= MAX_STREAMS_PER_SESSION) {
      throw new QuotaExceededError([POLICY], STREAM_RETRY_SECONDS);
    }
    if (this.#open.size >= MAX_STREAMS) {
      throw new ReducedCapacityError([POLICY], STREAM_RETRY_SECONDS);
    }
  }

  /** Tells a client of its session until one of them goes. */
  open(key: string, response: ServerResponse): void {
    const stream = new EventStream(response);
    // Whoever asks for the head alone gets it with the end, and would wait for it as long as the stream lasts.
    if (response.req.method === 'HEAD') {
      stream.end();
      return;
    }
    if (this.runtime.draining()) {
      this.#leave(stream);
      return;
    }
    this.#open.add(stream);
    this.#bySession.set(key, (this.#bySession.get(key) ?? 0) + 1);
    const watch = this.runtime.watches.watch(key, this.#teller(stream), STREAM_LOOK_MS);
    const clock = this.options.clock ?? processClock;
    const stopPinging = clock.every(STREAM_PING_MS, () => stream.send('ping', {}));
    response.once('close', () => {
      watch.stop();
      stopPinging();
      this.#open.delete(stream);
      const left = (this.#bySession.get(key) ?? 1) - 1;
      if (left === 0) this.#bySession.delete(key);
      else this.#bySession.set(key, left);
    });
  }

  /** This node leaves: its clients go elsewhere, and no stream holds the shutdown up. */
  drain(): void {
    for (const stream of this.#open) this.#leave(stream);
  }

  #teller(stream: EventStream): SessionListener {
    const { runtime } = this;
    const now = () => runtime.now();
    const session = new SessionTeller(stream, {
      view: (snapshot) => viewOf(snapshot, runtime.now()),
      now,
      idleTimeoutMs: ({ document }) =>
        lifetimeOf(document.system, runtime.policy, runtime.now()).idleTimeoutMs,
    });
    const deadlines = new DeadlineTeller(stream, this.deadlines, now);
    return {
      seen: (snapshot) => {
        session.seen(snapshot);
        deadlines.seen(snapshot);
      },
      ended: (reason) => session.ended(reason),
    };
  }

  #leave(stream: EventStream): void {
    const { drainDeadlineMs: graceMs } = this.options;
    stream.send('draining', { graceMs, jitterMs: DRAIN_JITTER_MS });
    stream.end();
  }
}

function viewOf(snapshot: SessionSnapshot, nowMs: number): SessionView {
  const { idleRemainingMs, absoluteRemainingMs, version, document } = snapshot;
  const principal = (document.system.principal as Principal | undefined) ?? null;
  const { csrf } = document.system;
  return {
    authenticated: principal !== null,
    principal: shownPrincipal(principal),
    expiresAt: new Date(nowMs + Math.min(idleRemainingMs, absoluteRemainingMs)).toISOString(),
    csrfToken: typeof csrf === 'string' ? csrf : null,
    revision: formatVersion(version),
  };
}
