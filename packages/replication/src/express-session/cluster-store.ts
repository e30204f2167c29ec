import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { LIMITS } from '../core/limits.js';
import { diff } from '../core/values/diff.js';
import type { SessionDocument } from '../core/values/values.js';
import { LimitError, OptionError, SessionUnavailableError } from '../errors.js';
import type {
  Cluster,
  CommitResult,
  SessionKey,
  SessionSnapshot,
} from '../node/api/cluster-api.js';
import { CutWarning } from './cut-warning.js';
import { makeExpressSession } from './express-parts.js';
import { withStatus } from './http-errors.js';
import {
  type ClusterStoreOptions,
  type NormalizedStoreOptions,
  storeOptions,
} from './store-options.js';
import { type StoredSession, sessionOf, type Wanted, wantedOf } from './stored-session.js';

type Done = (error?: unknown) => void;

/** What a session object was made of: its changes are what differs from that. */
interface Base {
  readonly snapshot: SessionSnapshot;
  /** What the object held then; the record may have got changes of others since. */
  readonly document: SessionDocument;
}

/** Ends told at once by {@link ClusterStore.clear}. */
const CLEARED_AT_ONCE = 100;
const RETRY_AFTER_MS = 1000;
const CHANGED_PROPERTIES = 'number of properties changed at once';

/**
 * A Store for express-session, and for `@fastify/session`, whose sessions live in a cluster.
 *
 * ```ts
 * const store = new ClusterStore(cluster);
 * app.use(session({ store, secret, resave: false, saveUninitialized: false }));
 * ```
 *
 * Under express-session, `set` stores what this request changed and nothing else: parallel
 * requests keep each other's keys. A session that has ended, or that nobody knows any more, is
 * not made again by a request that was still running: its changes are dropped, which the event
 * `dropped` tells with the hash of the id. `@fastify/session` gives a Store no way to see what a
 * request was given: there `set` replaces the session, the latest request wins, and only what has
 * ended stays ended.
 *
 * Ids are hashed before they go anywhere. Values are what JSON makes of them, as in other Stores.
 * Errors of the engine, such as `SessionUnavailableError`, reach the callback with `status` and
 * `headers` that Express and Fastify answer with.
 *
 * @throws OptionError
 */
export class ClusterStore extends EventEmitter {
  /** Set by express-session: gives a request a session with a new id. */
  declare generate: (request: never) => void;
  readonly #cluster: Cluster;
  readonly #options: NormalizedStoreOptions;
  /** Out of sight of the application, and gone with the object. */
  readonly #bases = new WeakMap<object, Base>();
  readonly #cut: CutWarning;
  readonly #turns = new WeakMap<object, Promise<unknown>>();

  constructor(cluster: Cluster, options: ClusterStoreOptions = {}) {
    super();
    if (typeof cluster?.ledSessions !== 'function') {
      throw new OptionError('cluster', cluster, 'a cluster as SessionCluster.start() gives');
    }
    this.#cluster = cluster;
    this.#options = storeOptions(options);
    this.#cut = new CutWarning(this.#options.absoluteTimeoutMs);
  }

  /** The key under which the cluster has a session, for `cluster.explain()`. */
  keyOf(sid: string): SessionKey {
    // Apart from those of other session layers: an id of one is none of the other.
    return createHash('sha256').update(`express-session\0${sid}`).digest('base64url');
  }

  get(sid: string, callback: (error: unknown, session?: StoredSession | null) => void): void {
    answer(this.#load(this.keyOf(sid)), callback);
  }

  /** Stores what changed; see the class for what happens to sessions that have ended. */
  set(sid: string, session: object, callback?: Done): void {
    answer(
      this.#inTurn(session, (wanted) => this.#store(this.keyOf(sid), session, wanted)),
      callback,
      'after the handler',
    );
  }

  /** The session was used; also takes over what its cookie says of its time, and nothing else. */
  touch(sid: string, session: object, callback?: Done): void {
    answer(
      this.#inTurn(session, (wanted) => this.#touch(this.keyOf(sid), session, wanted)),
      callback,
      'after the handler',
    );
  }

  /** Answers when no node serves the session any more, nor ever will under this id. */
  destroy(sid: string, callback?: Done): void {
    answer(this.#cluster.destroy(this.keyOf(sid), 'logout'), callback);
  }

  /**
   * The sessions that **this node leads**, without their ids, which nobody knows: together, the
   * answers of all nodes are all sessions. Walks every record of the node.
   */
  all(callback: (error: unknown, sessions?: StoredSession[]) => void): void {
    answer(
      Promise.resolve().then(() => this.#led().map(({ session }) => session)),
      callback,
    );
  }

  /** How many sessions **this node leads**; the sum over all nodes is how many there are. */
  length(callback: (error: unknown, length?: number) => void): void {
    answer(
      Promise.resolve().then(() => this.#led().length),
      callback,
    );
  }

  /** Ends the sessions that **this node leads**, as `destroy` does. */
  clear(callback?: Done): void {
    answer(this.#clear(), callback);
  }

  regenerate(request: { readonly sessionID: string }, callback: Done): void {
    this.destroy(request.sessionID, (error) => {
      this.generate(request as never);
      callback(error);
    });
  }

  load(sid: string, callback: (error: unknown, session?: never) => void): void {
    this.get(sid, (error, session) => {
      if (error || !session) return callback(error ?? undefined);
      const request = { sessionID: sid, sessionStore: this };
      callback(null, this.createSession(request, session));
    });
  }

  /** Makes the object that is `request.session` and remembers what it was made of. */
  createSession(request: object, session: object): never {
    const made = makeExpressSession(this, request, session);
    const base = this.#bases.get(session);
    if (base) this.#bases.set(made, base);
    return made as never;
  }

  async #load(key: SessionKey): Promise<StoredSession | null> {
    const opened = await this.#cluster.open(key);
    const session = opened.status === 'found' ? sessionOf(opened.snapshot) : undefined;
    if (opened.status !== 'found' || !session) return null;
    const { snapshot } = opened;
    this.#bases.set(session, { snapshot, document: snapshot.document });
    return session;
  }

  async #store(key: SessionKey, session: object, wanted: Wanted): Promise<void> {
    this.#cut.learn(wanted.idleTimeoutMs);
    if (!(wanted.idleTimeoutMs > 0)) return this.#cluster.destroy(key, 'expired');
    const base = this.#bases.get(session);
    if (base?.snapshot.key === key) return this.#change(session, base, wanted);
    const opened = await this.#cluster.open(key);
    if (opened.status === 'destroyed') return this.#drop(key);
    if (opened.status === 'unknown') return this.#create(key, session, wanted);
    const { snapshot } = opened;
    return this.#change(session, { snapshot, document: snapshot.document }, wanted);
  }

  async #create(key: SessionKey, session: object, wanted: Wanted): Promise<void> {
    const { absoluteTimeoutMs, durability } = this.#options;
    const { document, idleTimeoutMs } = wanted;
    const times = { idleTimeoutMs, absoluteTimeoutMs };
    const result = await this.#cluster.create({ key, ...document, ...times, durability });
    if (!this.#stored(key, session, result, wanted)) return;
    const base = this.#bases.get(session) as Base;
    // Somebody else was faster with the same id: what is there now gets what is wanted here.
    if (diff(base.snapshot.document.data, document.data, ['data']).length === 0) return;
    await this.#change(session, { ...base, document: base.snapshot.document }, wanted);
  }

  async #change(session: object, base: Base, wanted: Wanted): Promise<void> {
    const { data, system } = base.document;
    const operations = [
      ...diff(data, wanted.document.data, ['data']),
      ...diff(system, wanted.document.system, ['system']),
    ];
    // Two commits would show others half of what was stored.
    if (operations.length > LIMITS.operationsPerCommit) {
      throw new LimitError(CHANGED_PROPERTIES, operations.length, LIMITS.operationsPerCommit);
    }
    const { snapshot } = base;
    const { key, version } = snapshot;
    if (operations.length === 0) return this.#cluster.touch(key);
    const { idleTimeoutMs } = wanted;
    const { durability } = this.#options;
    const change = { key, base: version, snapshot, operations, idleTimeoutMs, durability };
    this.#stored(key, session, await this.#cluster.commit(change), wanted);
  }

  async #touch(key: SessionKey, session: object, { document, idleTimeoutMs }: Wanted) {
    if (!(idleTimeoutMs > 0)) return this.#cluster.destroy(key, 'expired');
    let base = this.#bases.get(session);
    if (base?.snapshot.key !== key) {
      const opened = await this.#cluster.open(key);
      if (opened.status !== 'found') return;
      base = { snapshot: opened.snapshot, document: opened.snapshot.document };
    }
    const cookieAlone = { data: base.document.data, system: document.system };
    return this.#change(session, base, { document: cookieAlone, idleTimeoutMs });
  }

  /** False when there is nothing to store to any more. */
  #stored(key: SessionKey, session: object, result: CommitResult, { document }: Wanted): boolean {
    if (result.status === 'destroyed') {
      this.#drop(key);
      return false;
    }
    if (result.status !== 'committed') {
      throw new SessionUnavailableError(`its change was answered ${result.status}`, RETRY_AFTER_MS);
    }
    const { version, document: after, owner, backups } = result;
    // How much time remains is asked of nobody who has just stored.
    const times = { idleRemainingMs: 0, absoluteRemainingMs: 0 };
    const snapshot = { key, version, document: after, owner, backups, ...times };
    this.#bases.set(session, { snapshot, document });
    return true;
  }

  /**
   * Not an error: express-session would break off an answer that is under way, to a client whose
   * session ended in another request.
   */
  #drop(key: SessionKey): void {
    this.emit('dropped', key);
  }

  #led() {
    return this.#cluster.ledSessions().flatMap((snapshot) => {
      const session = sessionOf(snapshot);
      return session ? [{ key: snapshot.key, session }] : [];
    });
  }

  async #clear(): Promise<void> {
    const keys = this.#led().map(({ key }) => key);
    for (let at = 0; at < keys.length; at += CLEARED_AT_ONCE) {
      const some = keys.slice(at, at + CLEARED_AT_ONCE);
      await Promise.all(some.map((key) => this.#cluster.destroy(key, 'logout')));
    }
  }

  /**
   * One write of a session object at a time, each with what the object held when it was asked for:
   * two that were computed against the same base would add to a list twice.
   */
  #inTurn(session: object, work: (wanted: Wanted) => Promise<void>): Promise<void> {
    let wanted: Wanted;
    try {
      wanted = wantedOf(session, this.#options.idleTimeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
    const turn = (this.#turns.get(session) ?? Promise.resolve()).then(() => work(wanted));
    this.#turns.set(
      session,
      turn.catch(() => undefined),
    );
    return turn;
  }
}

/** Tells a callback; what that throws is the application's, and no promise swallows it. */
function answer<Value>(
  promise: Promise<Value>,
  callback: ((error: unknown, value?: Value) => void) | undefined,
  asked: 'before the handler' | 'after the handler' = 'before the handler',
): void {
  promise.then(
    (value) => callback && process.nextTick(callback, null, value),
    (error) =>
      callback && process.nextTick(callback, withStatus(error, asked === 'before the handler')),
  );
}
