import { endReasonOf } from '../core/endings/end-reasons.js';
import { LIMITS } from '../core/limits.js';
import { consumeRate } from '../core/owner/rate-limit.js';
import { compareVersions } from '../core/record/version.js';
import { TIMINGS } from '../core/timings.js';
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
  SessionStore,
} from '../node/api/cluster-api.js';
import type {
  EnlistRequest,
  EnlistResult,
  PrincipalSessions,
  PrincipalStore,
  Revoked,
} from '../node/api/principal-api.js';
import { checkCall } from '../node/calls/check-call.js';
import { commitCall, createCall, rotateCall } from '../node/calls/owner-calls.js';
import type { ClusterLogger } from '../node/telemetry/logger.js';
import { mergeChange } from './redis-merge.js';
import { RedisPrincipals } from './redis-principals.js';
import { ALIASES, RedisStoreCalls } from './redis-store-calls.js';
import { RedisStoreConnection } from './redis-store-connection.js';
import { type RedisSessionStoreOptions, redisStoreOptions } from './redis-store-options.js';
import { readStoreAnswer } from './store-answers.js';
import { encodeDocument, encodeEntry } from './stored-document.js';
import { committed, LABEL, noId, record, snapshotOf, unreadable } from './stored-results.js';

type EndListener = (key: SessionKey, reason: string) => void;

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
    const settings = redisStoreOptions(options);
    const connection = await RedisStoreConnection.open(settings);
    return new RedisSessionStore(connection, settings.prefix, settings.logger);
  }

  /**
   * What {@link start} would refuse, for those who are given options long before they connect.
   *
   * @throws OptionError
   */
  static check(options: RedisSessionStoreOptions): void {
    redisStoreOptions(options);
  }

  readonly label = LABEL;
  readonly #calls: RedisStoreCalls;
  readonly #principals: RedisPrincipals;
  readonly #listeners = new Set<EndListener>();

  private constructor(connection: RedisStoreConnection, prefix: string, logger: ClusterLogger) {
    this.#calls = new RedisStoreCalls(connection, prefix, logger);
    this.#principals = new RedisPrincipals({
      readList: (key) => this.#calls.send('understudyStoreListRead', [this.#calls.list(key)], []),
      writeList: (key, changes, value, keepMs) => this.#writeList(key, changes, value, keepMs),
      statusOf: (key) => this.#statusOf(key),
      end: (key, reason) => this.destroy(key, reason),
    });
  }

  get connected(): boolean {
    return this.#calls.connection.isReady;
  }

  wouldOwn(): boolean {
    return true;
  }

  mintTries(): number {
    return 1;
  }

  async open(key: SessionKey, { seen }: OpenOptions = {}): Promise<OpenResult> {
    checkCall({ kind: 'open', key });
    const { answer, key: at } = await this.#calls.ask('understudyStoreRead', key, []);
    if (answer.kind === 'unknown') return { status: 'unknown' };
    if (answer.kind === 'unreadable') {
      this.#calls.reportUnreadable(answer.reason);
      // Until somebody can read it again: the version that wrote it may come back.
      return { status: 'unknown' };
    }
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
    const { answer } = await this.#calls.change('understudyStoreCreate', key, [], given);
    if (answer.kind === 'dead') return { status: 'destroyed' };
    if (answer.kind === 'stored') return committed(1, document);
    if (answer.kind === 'unreadable') throw unreadable(answer.reason);
    // A repetition of the call that made it.
    const found = record(answer);
    return committed(found.seq, found.document);
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    checkCall(commitCall(request, 'async', noId));
    if (request.lock) return { status: 'lock-lost' };
    const { key, operations, idleTimeoutMs = '', journal } = request;
    return mergeChange(
      this.#calls,
      key,
      request,
      (at, seq, document) =>
        this.#calls.change(
          'understudyStoreWrite',
          at,
          [this.#calls.reservation(key, journal?.key)],
          [seq, document, idleTimeoutMs, journal?.key ?? '', encodeEntry(journal)],
        ),
      operations,
    );
  }

  async rotate(request: RotateRequest): Promise<RotateResult> {
    checkCall(rotateCall(request, 'async', noId));
    const { from, to, acrossLogin, idleTimeoutMs = '', absoluteTimeoutMs = '', journal } = request;
    const aliasMs = acrossLogin ? 0 : TIMINGS.local.aliasMs;
    return mergeChange(
      this.#calls,
      from,
      request,
      (at, seq, document) =>
        this.#calls.change(
          'understudyStoreRotate',
          at,
          [this.#calls.reservation(from, journal?.key), ...this.#calls.keys(to)],
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
    this.#calls.ask('understudyStoreTouch', key, []).catch(() => {
      // A touch that does not arrive costs nothing but idle time; the next one makes it up.
    });
  }

  async destroy(key: SessionKey, reason: string): Promise<void> {
    checkCall({ kind: 'destroy', key, reason });
    let at: string | undefined = key;
    for (let step = 0; at !== undefined && step <= ALIASES; step++) {
      // However long ago it got another id: it is the same session.
      const bytes: Buffer[] = await this.#calls.send(
        'understudyStoreBury',
        [...this.#calls.keys(at)],
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
    const more = [this.#calls.reservation(key, journalKey)];
    const { answer } = await this.#calls.ask('understudyStoreReserve', key, given, more);
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
    this.#calls.connection.delete(this.#calls.reservation(key, journalKey)).catch(() => {
      // The reservation ends by itself after a minute.
    });
  }

  async consume({ scope, policy, cost = 1 }: ConsumeRequest): Promise<RateDecision> {
    const { intervalMs, burst, name } = policy;
    const of = scope.kind === 'session' ? scope.key : scope.id;
    const key = this.#calls.rate(scope.kind, of, name);
    const answer = await this.#calls.send(
      'understudyStoreConsume',
      [key],
      [intervalMs, burst, cost],
    );
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
    this.#calls.connection.close();
  }

  async #statusOf(key: SessionKey): Promise<'alive' | 'ended' | 'unknown'> {
    const { answer } = await this.#calls.ask('understudyStoreRead', key, []);
    // Also what cannot be read here: its place is not free, and it can be ended.
    if (answer.kind === 'record' || answer.kind === 'unreadable') return 'alive';
    // It goes on under an id that its list does not know yet.
    if (answer.kind === 'dead' && answer.to) return this.#statusOf(answer.to);
    return answer.kind === 'dead' ? 'ended' : 'unknown';
  }

  async #writeList(key: string, changes: string, value: Uint8Array, keepMs: number) {
    const given = [changes, Buffer.from(value), keepMs];
    const [kind] = await this.#calls.send(
      'understudyStoreListWrite',
      [this.#calls.list(key)],
      given,
    );
    return String(kind) === 'stored';
  }
}
