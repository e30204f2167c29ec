import { createHash } from 'node:crypto';
import { endReasonOf } from '../core/end-reasons.js';
import { LIMITS } from '../core/limits.js';
import type { Operation } from '../core/operations.js';
import { consumeRate } from '../core/rate-limit.js';
import { TIMINGS } from '../core/timings.js';
import type { SessionDocument } from '../core/values.js';
import { compareVersions, type Version } from '../core/version.js';
import {
  CommitUnknownError,
  InternalError,
  OptionError,
  ReplicationError,
  SessionUnavailableError,
} from '../errors.js';
import { checkCall } from '../node/check-call.js';
import type {
  CommitRequest,
  CommitResult,
  ConsumeRequest,
  CreateRequest,
  OpenOptions,
  OpenResult,
  RateDecision,
  ReserveResult,
  RotateRequest,
  RotateResult,
  SessionKey,
  SessionSnapshot,
  SessionStore,
} from '../node/cluster-api.js';
import { commitCall, createCall, rotateCall } from '../node/owner-calls.js';
import type {
  EnlistRequest,
  EnlistResult,
  PrincipalSessions,
  PrincipalStore,
  Revoked,
} from '../node/principal-api.js';
import { milliseconds } from '../tiers/tier-policy.js';
import { RedisPrincipals } from './redis-principals.js';
import { RedisStoreConnection } from './redis-store-connection.js';
import type { StoreScript } from './redis-store-scripts.js';
import { readStoreAnswer, type StoreAnswer } from './store-answers.js';
import { encodeDocument, encodeEntry } from './stored-document.js';
import { applied, committed, LABEL, noId, record, snapshotOf } from './stored-results.js';

export interface RedisSessionStoreOptions {
  /** Such as `redis://10.0.0.9:6379/0`, with `user:password@` where needed, `rediss://` for TLS. */
  readonly url: string;
  /** Put before every key, 1 to 64 characters. Default `understudy-store:`. */
  readonly prefix?: string | undefined;
  /** Passed to ioredis, for certificates of your own. */
  readonly tls?: object | undefined;
  /** How long Redis may take to answer, 10 to 30000 ms. Default 1000. */
  readonly timeoutMs?: number | undefined;
}

/** Tries of one change while others change the same session. */
const TRIES = 64;
/** Rotations followed from an old key. */
const ALIASES = 8;
const RETRY_AFTER_MS = 1000;

type EndListener = (key: SessionKey, reason: string) => void;

type Arguments = readonly (string | number | Buffer)[];

/**
 * Sessions in Redis (5 or later) alone, through `ioredis`, which the application installs: for when
 * state must be central and nodes stateless. The same contract as a cluster's: changes merged by
 * path, ends that are final, ids rotated, outcomes remembered. Each step is one script; a change is
 * computed here by the engine's own rules and stored if nobody was faster, else computed anew.
 *
 * Every call is a round trip, reads too; what Redis forgets is gone. A login whose answer was
 * lost is not answered again under the old id. One Redis or a Sentinel group: `rotate` is one
 * step over the keys of two sessions, which Redis Cluster does not take.
 */
export class RedisSessionStore implements SessionStore, PrincipalStore {
  /**
   * Resolves also while Redis is away: calls are refused until it comes.
   *
   * @throws OptionError
   */
  static async start(options: RedisSessionStoreOptions): Promise<RedisSessionStore> {
    const { url, tls, timeoutMs = 1000, prefix = 'understudy-store:' } = options;
    if (typeof url !== 'string' || !/^rediss?:\/\/./.test(url)) {
      // Not shown: it may carry a password.
      throw new OptionError('url', typeof url, 'redis://host:port or rediss://host:port');
    }
    if (typeof prefix !== 'string' || prefix === '' || prefix.length > 64) {
      throw new OptionError('prefix', prefix, 'text of 1 to 64 characters');
    }
    const time = milliseconds('timeoutMs', timeoutMs, 10, 30_000);
    const connection = await RedisStoreConnection.open({ url, tls, timeoutMs: time });
    return new RedisSessionStore(connection, prefix);
  }

  readonly label = LABEL;
  readonly #connection: RedisStoreConnection;
  readonly #prefix: string;
  readonly #principals: RedisPrincipals;
  readonly #listeners = new Set<EndListener>();

  private constructor(connection: RedisStoreConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#principals = new RedisPrincipals({
      readList: (key) => this.#send('understudyStoreListRead', [this.#list(key)], []),
      writeList: (key, changes, value, keepMs) => this.#writeList(key, changes, value, keepMs),
      statusOf: (key) => this.#statusOf(key),
      end: (key, reason) => this.destroy(key, reason),
    });
  }

  get connected(): boolean {
    return this.#connection.isReady;
  }

  wouldOwn(): boolean {
    return true;
  }

  mintTries(): number {
    return 1;
  }

  async open(key: SessionKey, { seen }: OpenOptions = {}): Promise<OpenResult> {
    checkCall({ kind: 'open', key });
    const { answer, key: at } = await this.#ask('understudyStoreRead', key, []);
    if (answer.kind === 'unknown') return { status: 'unknown' };
    if (answer.kind === 'dead') return { status: 'destroyed', reason: answer.reason };
    const snapshot = snapshotOf(at, record(answer));
    const { version } = snapshot;
    const isOlder = seen !== undefined && compareVersions(version, seen) < 0;
    const lostRevisions = isOlder ? { seen, found: version } : undefined;
    return { status: 'found', snapshot, lostRevisions };
  }

  async create(request: CreateRequest): Promise<CommitResult> {
    checkCall(createCall(request, 'async', noId));
    const { key, data, system, idleTimeoutMs, absoluteTimeoutMs, journal } = request;
    const document = { data, system };
    const times = [idleTimeoutMs, absoluteTimeoutMs];
    const entry = [journal?.key ?? '', encodeEntry(journal)];
    const given = [encodeDocument(document), ...times, ...entry];
    const { answer } = await this.#change('understudyStoreCreate', key, [], given);
    if (answer.kind === 'dead') return { status: 'destroyed' };
    if (answer.kind === 'stored') return committed(1, document);
    // A repetition of the call that made it.
    const found = record(answer);
    return committed(found.seq, found.document);
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    checkCall(commitCall(request, 'async', noId));
    if (request.lock) return { status: 'lock-lost' };
    const { key, operations, idleTimeoutMs = '', journal } = request;
    return this.#merge(
      key,
      request,
      (at, seq, document) =>
        this.#change(
          'understudyStoreWrite',
          at,
          [this.#reservation(key, journal?.key)],
          [seq, document, idleTimeoutMs, journal?.key ?? '', encodeEntry(journal)],
        ),
      operations,
    );
  }

  async rotate(request: RotateRequest): Promise<RotateResult> {
    checkCall(rotateCall(request, 'async', noId));
    const { from, to, acrossLogin, idleTimeoutMs = '', absoluteTimeoutMs = '', journal } = request;
    const aliasMs = acrossLogin ? 0 : TIMINGS.local.aliasMs;
    return this.#merge(
      from,
      request,
      (at, seq, document) =>
        this.#change(
          'understudyStoreRotate',
          at,
          [this.#reservation(from, journal?.key), ...this.#keys(to)],
          [
            seq,
            document,
            idleTimeoutMs,
            journal?.key ?? '',
            encodeEntry(journal),
            absoluteTimeoutMs,
            aliasMs,
            to,
          ],
        ),
      request.operations,
    );
  }

  touch(key: SessionKey): void {
    this.#ask('understudyStoreTouch', key, []).catch(() => {
      // A touch that does not arrive costs nothing but idle time; the next one makes it up.
    });
  }

  async destroy(key: SessionKey, reason: string): Promise<void> {
    checkCall({ kind: 'destroy', key, reason });
    let at: string | undefined = key;
    for (let step = 0; at !== undefined && step <= ALIASES; step++) {
      // However long ago it got another id: it is the same session.
      const bytes: Buffer[] = await this.#send(
        'understudyStoreBury',
        [...this.#keys(at)],
        [endReasonOf(reason)],
      );
      const answer = readStoreAnswer(bytes);
      if (answer.kind !== 'dead') return;
      if (answer.endedNow) for (const listener of this.#listeners) listener(at, reason);
      at = answer.to;
    }
  }

  /**
   * Tells of every session that a call here ended, under the key it had then: of each once, however
   * many processes end it at the same time. Never of what time ended, nor of an end whose answer was
   * lost. Returns what takes the listener away.
   */
  onEnded(listener: EndListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async reserve(key: SessionKey, journalKey: string, fingerprint: string): Promise<ReserveResult> {
    const given = [journalKey, fingerprint, LIMITS.reservationMs];
    const more = [this.#reservation(key, journalKey)];
    const { answer } = await this.#ask('understudyStoreReserve', key, given, more);
    switch (answer.kind) {
      case 'reserved':
        return { status: 'reserved' };
      case 'in-progress':
        return { status: 'in-progress', fingerprint: answer.fingerprint };
      case 'replayed':
        return { status: 'replayed', entry: answer.entry };
      default:
        return { status: 'destroyed' };
    }
  }

  release(key: SessionKey, journalKey: string): void {
    this.#connection.delete(this.#reservation(key, journalKey)).catch(() => {
      // The reservation ends by itself after a minute.
    });
  }

  async consume({ scope, policy, cost = 1 }: ConsumeRequest): Promise<RateDecision> {
    const { intervalMs, burst, name } = policy;
    const of = scope.kind === 'session' ? scope.key : scope.id;
    // Hashed, so that no address lies there.
    const key = `${this.#prefix}rate:${hashed(`${scope.kind}\0${of}\0${name}`)}`;
    const answer = await this.#send('understudyStoreConsume', [key], [intervalMs, burst, cost]);
    const [before, now] = answer.map(Number) as [number, number];
    return consumeRate(policy, before, now, cost);
  }

  async enlist(request: EnlistRequest): Promise<EnlistResult> {
    return this.#principals.enlist(request);
  }

  async delist(principal: string, handle: string): Promise<void> {
    return this.#principals.delist(principal, handle);
  }

  async listSessions(principal: string): Promise<PrincipalSessions> {
    return this.#principals.listSessions(principal);
  }

  async revokeAll(principal: string): Promise<Revoked> {
    return this.#principals.revokeAll(principal);
  }

  async revokeOthers(principal: string, handle: string): Promise<Revoked> {
    return this.#principals.revokeOthers(principal, handle);
  }

  async revokeOne(principal: string, handle: string): Promise<Revoked> {
    return this.#principals.revokeOne(principal, handle);
  }

  async stop(): Promise<void> {
    this.#connection.close();
  }

  async #statusOf(key: SessionKey): Promise<'alive' | 'ended' | 'unknown'> {
    const { answer } = await this.#ask('understudyStoreRead', key, []);
    if (answer.kind === 'record') return 'alive';
    // It goes on under an id that its list does not know yet.
    if (answer.kind === 'dead' && answer.to) return this.#statusOf(answer.to);
    return answer.kind === 'dead' ? 'ended' : 'unknown';
  }

  async #writeList(key: string, changes: string, value: Uint8Array, keepMs: number) {
    const given = [changes, Buffer.from(value), keepMs];
    const [kind] = await this.#send('understudyStoreListWrite', [this.#list(key)], given);
    return String(kind) === 'stored';
  }

  #list(key: string): string {
    return `${this.#prefix}principal:${key}`;
  }

  /** Computes the change on what the record is, and again for as long as somebody is faster. */
  async #merge(
    key: SessionKey,
    {
      base,
      snapshot,
      expect,
    }: { base: Version; snapshot?: SessionSnapshot | undefined; expect?: unknown },
    store: (at: string, seq: number, document: Buffer) => Promise<Answered>,
    operations: readonly Operation[],
  ): Promise<CommitResult> {
    const known = snapshot && compareVersions(snapshot.version, base) === 0;
    const before = known ? snapshot.document : undefined;
    let seq = base.seq;
    let at = key;
    let document = before;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      let answered: Answered;
      let next: SessionDocument | undefined;
      if (document) {
        next = applied(document, seq === base.seq ? undefined : before, operations);
        answered = await store(at, seq, encodeDocument(next));
      } else answered = await this.#ask('understudyStoreRead', at, []);
      const { answer } = answered;
      if (answer.kind === 'stored' && next) return committed(answer.seq, next);
      if (answer.kind === 'replayed') return { status: 'replayed', entry: answer.entry };
      if (answer.kind === 'taken') throw new InternalError('a session has this key already');
      if (answer.kind !== 'record') return { status: 'destroyed' };
      at = answered.key;
      ({ seq, document } = answer);
      if (expect === 'exact' && seq !== base.seq) {
        return { status: 'conflict', snapshot: snapshotOf(at, answer) };
      }
    }
    throw new SessionUnavailableError('too many change it at once', RETRY_AFTER_MS);
  }

  /** Something that may be repeated: nothing happened that matters when the answer was lost. */
  async #ask(script: StoreScript, key: string, given: Arguments, more: readonly string[] = []) {
    let at = key;
    for (let step = 0; step <= ALIASES; step++) {
      const bytes = await this.#send(script, [...this.#keys(at), ...more], given);
      const answer = readStoreAnswer(bytes);
      if (answer.kind !== 'dead' || !answer.to || answer.aliasMs <= 0) return { answer, key: at };
      at = answer.to;
    }
    throw new SessionUnavailableError('its id was rotated too often', RETRY_AFTER_MS);
  }

  /** A change: when its answer is lost nobody knows whether it was made. */
  async #change(
    script: StoreScript,
    key: string,
    more: readonly string[],
    given: Arguments,
  ): Promise<Answered> {
    try {
      let at = key;
      for (let step = 0; step <= ALIASES; step++) {
        const bytes = await this.#connection.run(script, ...this.#keys(at), ...more, ...given);
        const answer = readStoreAnswer(bytes);
        if (answer.kind !== 'dead' || !answer.to || answer.aliasMs <= 0) return { answer, key: at };
        at = answer.to;
      }
    } catch (error) {
      if (error instanceof ReplicationError) throw error;
      throw new CommitUnknownError((error as Error).message);
    }
    throw new SessionUnavailableError('its id was rotated too often', RETRY_AFTER_MS);
  }

  async #send(script: StoreScript, keys: readonly string[], given: Arguments): Promise<Buffer[]> {
    try {
      return await this.#connection.run(script, ...keys, ...given);
    } catch (error) {
      if (error instanceof ReplicationError) throw error;
      throw new SessionUnavailableError((error as Error).message, RETRY_AFTER_MS, { cause: error });
    }
  }

  #keys(key: string): readonly [record: string, mark: string] {
    const record = `${this.#prefix}{${key}}`;
    return [record, `${record}:end`];
  }

  #reservation(key: string, journalKey = ''): string {
    return `${this.#prefix}{${key}}:run:${hashed(journalKey)}`;
  }
}

interface Answered {
  readonly answer: StoreAnswer;
  readonly key: string;
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
