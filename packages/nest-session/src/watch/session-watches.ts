import type {
  ClusterEvent,
  EndReason,
  SessionSnapshot,
  SessionStore,
} from '@understudy/replication';
import { MAX_LOOKS_PER_TICK, WATCH_RETRY_MS, WATCH_TICK_MS } from '../limits.js';

/** Why a session that was watched is over; `lost`: nobody ended it, and no node has it. */
export type WatchedEnd = EndReason | 'lost';

/** Who holds something open for a session. */
export interface SessionListener {
  /** The session as it is now; its key differs from the one before after a rotation. */
  seen(snapshot: SessionSnapshot): void;
  ended(reason: WatchedEnd): void;
}

export interface SessionWatch {
  /** The key the session has now. */
  readonly key: string;
  stop(): void;
}

/** What it takes to tell time. */
export interface WatchClock {
  nowMs(): number;
  /** Calls back repeatedly until cancelled; never keeps the process alive. */
  every(intervalMs: number, callback: () => void): () => void;
}

interface Watched {
  key: string;
  readonly subscriptions: Set<Subscription>;
  dueAtMs: number;
  isLooking: boolean;
  /** Something was told while it was being looked at. */
  isStale: boolean;
}

interface Subscription {
  watched: Watched;
  readonly listener: SessionListener;
  readonly everyMs: number;
}

/** Characters by which events of the engine name a record. */
const HANDLE_CHARACTERS = 10;
/** A deadline is looked at a moment after it has passed, when its owner has seen it too. */
const AFTER_DEADLINE_MS = 250;

/**
 * The sessions that something is held open for on this node: sockets and event streams. A session is
 * looked at when this node hears that it ended or goes on under another key, when this node changed
 * it, when a deadline of it passes, and besides every so often: with a store outside of the processes
 * nobody tells what others did.
 */
export class SessionWatches {
  readonly #byKey = new Map<string, Watched>();
  readonly #byHandle = new Map<string, Watched>();
  #stopTicking: (() => void) | undefined;

  constructor(
    private readonly store: Pick<SessionStore, 'open'>,
    private readonly clock: WatchClock,
    /** Told of what a listener throws. */
    private readonly failed: (error: unknown) => void,
  ) {}

  /** How many sessions are watched. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Tells `listener` of a session from now on, first what it is; looks at it that often at least. */
  watch(key: string, listener: SessionListener, everyMs: number): SessionWatch {
    const watched = this.#byKey.get(key) ?? this.#begin(key);
    const subscription: Subscription = { watched, listener, everyMs };
    watched.subscriptions.add(subscription);
    this.#look(watched);
    return {
      get key() {
        return subscription.watched.key;
      },
      stop: () => {
        subscription.watched.subscriptions.delete(subscription);
        if (subscription.watched.subscriptions.size === 0) this.#forget(subscription.watched);
      },
    };
  }

  /** This node changed a session. */
  changed(key: string): void {
    const watched = this.#byKey.get(key);
    if (watched) this.#look(watched);
  }

  /** What the engine tells. */
  learn(event: ClusterEvent): void {
    if (event.kind !== 'buried' && event.kind !== 'ended') return;
    const watched = this.#byHandle.get(event.keyHash);
    if (watched) this.#look(watched);
  }

  /** Forgets all of them. */
  close(): void {
    for (const watched of this.#byKey.values()) this.#forget(watched);
  }

  #begin(key: string): Watched {
    const watched: Watched = {
      key,
      subscriptions: new Set(),
      dueAtMs: Number.POSITIVE_INFINITY,
      isLooking: false,
      isStale: false,
    };
    this.#place(watched);
    this.#stopTicking ??= this.clock.every(WATCH_TICK_MS, () => this.#tick());
    return watched;
  }

  #place(watched: Watched): void {
    this.#byKey.set(watched.key, watched);
    this.#byHandle.set(handleOf(watched.key), watched);
  }

  #forget(watched: Watched): void {
    if (this.#byKey.get(watched.key) !== watched) return;
    this.#byKey.delete(watched.key);
    const handle = handleOf(watched.key);
    if (this.#byHandle.get(handle) === watched) this.#byHandle.delete(handle);
    if (this.#byKey.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #tick(): void {
    const nowMs = this.clock.nowMs();
    let looks = 0;
    for (const watched of this.#byKey.values()) {
      if (watched.dueAtMs > nowMs) continue;
      this.#look(watched);
      looks += 1;
      if (looks >= MAX_LOOKS_PER_TICK) return;
    }
  }

  #look(watched: Watched): void {
    if (watched.isLooking) {
      watched.isStale = true;
      return;
    }
    watched.isLooking = true;
    watched.isStale = false;
    watched.dueAtMs = Number.POSITIVE_INFINITY;
    this.store
      .open(watched.key)
      .then(
        (result) => {
          if (result.status === 'found') this.#found(watched, result.snapshot);
          else this.#over(watched, result.status === 'destroyed' ? result.reason : 'lost');
        },
        // Nobody can say: what is open stays open, as the session of a request would be refused, not ended.
        () => {
          watched.dueAtMs = this.clock.nowMs() + WATCH_RETRY_MS;
        },
      )
      .finally(() => {
        watched.isLooking = false;
        if (watched.isStale && this.#byKey.get(watched.key) === watched) this.#look(watched);
      });
  }

  #found(watched: Watched, snapshot: SessionSnapshot): void {
    if (this.#byKey.get(watched.key) !== watched) return;
    const present = snapshot.key === watched.key ? watched : this.#move(watched, snapshot.key);
    const { idleRemainingMs, absoluteRemainingMs } = snapshot;
    const everyMs = Math.min(...Array.from(present.subscriptions, (each) => each.everyMs));
    const deadlineMs = Math.min(idleRemainingMs, absoluteRemainingMs) + AFTER_DEADLINE_MS;
    present.dueAtMs = this.clock.nowMs() + Math.min(everyMs, deadlineMs);
    this.#tell(present, (listener) => listener.seen(snapshot));
  }

  /** The session goes on under another key, which may be watched already. */
  #move(watched: Watched, key: string): Watched {
    this.#forget(watched);
    const existing = this.#byKey.get(key);
    if (!existing) {
      watched.key = key;
      this.#place(watched);
      this.#stopTicking ??= this.clock.every(WATCH_TICK_MS, () => this.#tick());
      return watched;
    }
    for (const subscription of watched.subscriptions) {
      subscription.watched = existing;
      existing.subscriptions.add(subscription);
    }
    return existing;
  }

  #over(watched: Watched, reason: WatchedEnd | undefined): void {
    if (this.#byKey.get(watched.key) !== watched) return;
    this.#forget(watched);
    // What ended before reasons were told was not renewed at least.
    this.#tell(watched, (listener) => listener.ended(reason ?? 'revoked'));
  }

  /**
   * What one of them throws keeps the others from nothing, least of all from the end (the failure prevented:
   * a rejection that nobody waits for, which ends the process).
   */
  #tell({ subscriptions }: Watched, tell: (listener: SessionListener) => void): void {
    for (const { listener } of [...subscriptions]) {
      try {
        tell(listener);
      } catch (error) {
        this.failed(error);
      }
    }
  }
}

function handleOf(key: string): string {
  return key.slice(0, HANDLE_CHARACTERS);
}

/** The clock of the process. */
export const processClock: WatchClock = {
  nowMs: () => performance.now(),
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
