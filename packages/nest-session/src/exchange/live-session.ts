import type { SessionDocument, SessionSnapshot, Standing } from '@understudy/replication';
import { BINDING_KEY, STALE_LOGIN_KEY } from '../binding/binding-key.js';
import {
  LockLostError,
  SessionConflictError,
  SessionEndedError,
  SessionNotAvailableError,
  SessionTooLargeError,
} from '../errors.js';
import type { VerifiedId } from '../identity/id-cookie.js';
import { nextSessionId } from '../identity/next-id.js';
import { mintPlacedId } from '../identity/session-id.js';
import { LiveLifetime } from '../lifetime/live-lifetime.js';
import { isRenewalDue, mayRenew } from '../lifetime/renewal.js';
import { SCHEMA_VERSION_KEY } from '../schema/read-data.js';
import type { LoginOptions } from '../session/login-options.js';
import { documentBytes } from '../session/measure.js';
import type { Principal } from '../session/principal.js';
import { type BagChange, RecordingBag } from '../session/recording-bag.js';
import { createDraftProxy } from '../session/session-proxy.js';
import { atomicUpdate, commitExactly, type UpdateFunction } from './atomic-update.js';
import type { Client } from './client.js';
import type { Opened } from './open-session.js';
import { type Minted, type Presence, type Present, presentAfter, presentFrom } from './presence.js';
import type { SessionRuntime } from './session-runtime.js';
import { keepPlace, placeOf, writeInPlace } from './sign-in.js';
import {
  changeRecord,
  createRecord,
  type Rotation,
  rotateRecord,
  type WriteOptions,
  type Written,
} from './write-record.js';

export type CommitOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'stored' }
  /** The journal held the key already: nothing was applied, this was the outcome then. */
  | { readonly kind: 'replayed'; readonly outcome: Uint8Array };

interface Change {
  readonly data: BagChange;
  readonly system: BagChange;
}

/** When and how somebody signed in last. */
export interface LoginProof {
  readonly atMs: number;
  readonly factors: number;
}

export interface CommitOptions extends WriteOptions {
  /**
   * The client can be given another id: a session whose id is old gets one. Not with `expect` or
   * `lock`: a rotation takes neither, and would store what they forbid.
   */
  readonly renew?: boolean | undefined;
}

const CSRF_TOKEN_BYTES = 24;
const HANDLE_BYTES = 32;
const EMPTY: SessionDocument = { data: {}, system: {} };

/** The session of one request, from the snapshot it was opened with to its commits. No HTTP. */
export class LiveSession {
  /** The application's properties. */
  readonly data: RecordingBag;
  /** Principal, its place on the list of its sessions, and CSRF token. */
  readonly system: RecordingBag;
  readonly lifetime: LiveLifetime;
  #presence: Presence;
  /** What the client came with; undefined once it is not to be replaced for its age any more. */
  #presented: VerifiedId | undefined;
  #rotation: (Rotation & { readonly reason?: 'age' }) | undefined;
  #mustExist = false;
  #login: Principal | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly runtime: SessionRuntime,
    opened: Opened,
    private readonly client: Client,
  ) {
    this.#presence =
      opened.kind === 'present' ? presentFrom(opened.snapshot, opened.newId) : opened;
    this.#presented = opened.kind === 'present' ? opened.presented : undefined;
    const { data, system } = this.#document;
    this.data = new RecordingBag('data', data);
    this.system = new RecordingBag('system', system);
    this.lifetime = new LiveLifetime(runtime, this.system);
  }

  get presence(): Presence {
    return this.#presence;
  }

  get principal(): Principal | null {
    return (this.system.get('principal') as Principal | undefined) ?? null;
  }

  /** Undefined when nobody signed in, or has to do so again. */
  get proof(): LoginProof | undefined {
    const at = this.system.get('authenticatedAt');
    if (!(at instanceof Date) || this.system.has(STALE_LOGIN_KEY)) return undefined;
    return { atMs: at.getTime(), factors: Number(this.system.get('factors') ?? 1) };
  }

  /** Milliseconds until the session ends if nobody comes back. */
  get idleRemainingMs(): number {
    const presence = this.#presence;
    const isOpen = presence.kind === 'present' && !this.#isNewIdle;
    return isOpen ? presence.snapshot.idleRemainingMs : this.lifetime.current.idleTimeoutMs;
  }

  /** Names the session on the list of its principal. */
  get handle(): string | undefined {
    const handle = this.system.get('handle');
    return typeof handle === 'string' ? handle : undefined;
  }

  /** Hash of the id; mints one when there is none. Throws once the session has ended. */
  key(): string {
    const presence = this.#presence;
    switch (presence.kind) {
      case 'present':
        return presence.snapshot.key;
      case 'minted':
        return presence.key;
      case 'absent':
        return this.#mint().key;
      case 'ended':
        throw new SessionEndedError();
    }
  }

  /** The token the session is known by to forms; without one yet, it gets one and is stored. */
  csrfToken(): string {
    const token = this.system.get('csrf');
    if (typeof token === 'string') return token;
    this.#mustExist = true;
    return this.#newCsrfToken();
  }

  /** Makes the next commit create the record even if nothing was written. */
  requireRecord(): void {
    this.#mustExist = true;
  }

  login(principal: Principal, options: LoginOptions = {}): void {
    this.system.set('principal', principal);
    this.system.set('authenticatedAt', new Date(this.runtime.now()));
    this.system.set('factors', options.factors ?? 1);
    this.system.delete(STALE_LOGIN_KEY);
    this.lifetime.begin(options);
    this.system.set('handle', this.runtime.randomBytes(HANDLE_BYTES).toString('base64url'));
    this.#newCsrfToken();
    this.#login = principal;
    this.#mustExist = true;
    this.#rotation = { acrossLogin: true };
  }

  rotate(): void {
    this.#rotation ??= { acrossLogin: false };
  }

  regenerate(): void {
    this.data.clear();
    this.system.clear();
    this.#login = undefined;
    this.#rotation = { acrossLogin: true };
    if (this.#presence.kind === 'present') this.#newCsrfToken();
  }

  /** Forgets everything that was not committed. */
  discard(): void {
    const { data, system } = this.#document;
    this.data.reset(data);
    this.system.reset(system);
    this.#forgetIntents();
  }

  /** Whether a commit would store something. Throws when a value cannot be stored. */
  get changed(): boolean {
    switch (this.#presence.kind) {
      case 'ended':
        return false;
      case 'present':
        return this.#rotation !== undefined || operationsOf(this.#change()).length > 0;
      default:
        return this.#mustExist || !this.#isEmpty;
    }
  }

  /** Whether the application changed a property; reading flash messages is no such change. */
  get changesData(): boolean {
    return this.data.change().operations.some(({ path }) => path[1] !== 'flash');
  }

  /** Stores what changed. Rejects with a `SessionError` or an error of the engine. */
  commit(options: CommitOptions): Promise<CommitOutcome> {
    return this.#inTurn(async () => {
      // Before the change is taken: a record is never without a token.
      if (this.#beginsRecord(options)) this.csrfToken();
      const change = this.#change();
      const written = await this.#write(change, options);
      return written ? this.#applied(written, change) : { kind: 'unchanged' };
    });
  }

  reload(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#presence.kind === 'present') await this.#refresh(this.#presence);
      this.discard();
    });
  }

  /** Shows what the cluster holds now beneath what this request has changed so far. */
  catchUp(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#presence.kind === 'present') await this.#refresh(this.#presence);
      const { data, system } = this.#document;
      this.data.rebase(data);
      this.system.rebase(system);
    });
  }

  destroy(reason: string): Promise<void> {
    return this.#inTurn(async () => {
      const presence = this.#presence;
      if (presence.kind === 'ended') throw new SessionEndedError();
      if (presence.kind === 'present') {
        await this.runtime.store.destroy(presence.snapshot.key, reason);
      }
      this.#presence = { kind: 'ended', here: true };
    });
  }

  /** See `SessionHandle.update`. */
  async update<Result>(change: UpdateFunction<Result>, options: CommitOptions): Promise<Result> {
    const { renew, ...write } = options;
    // What it stores is compared with one version, which no rotation can be.
    await this.#inTurn(() => this.#renewWhenDue({ renew }));
    await this.commit(write);
    if (this.#presence.kind === 'present') {
      return atomicUpdate(this.#presence.snapshot, change, (base, draft) =>
        this.#inTurn(() => this.#storeDraft(base, draft, options)),
      );
    }
    const result = await change(createDraftProxy(this.data));
    await this.commit(options);
    return result;
  }

  get #document(): SessionDocument {
    return this.#presence.kind === 'present' ? this.#presence.snapshot.document : EMPTY;
  }

  #mint(): Minted {
    const minted = mintPlacedId(this.runtime.randomBytes, this.runtime.store);
    const presence: Minted = { kind: 'minted', ...minted };
    this.#presence = presence;
    return presence;
  }

  #newCsrfToken(): string {
    const token = this.runtime.randomBytes(CSRF_TOKEN_BYTES).toString('base64url');
    this.system.set('csrf', token);
    // A token marks a new holder: the beginning of a record, a login.
    const traits = this.client.traits();
    if (traits) this.system.set(BINDING_KEY, traits);
    const { schema } = this.runtime.policy;
    // What exists keeps its version: it may be newer than this application.
    if (schema && !this.system.has(SCHEMA_VERSION_KEY)) {
      this.system.set(SCHEMA_VERSION_KEY, schema.version);
    }
    return token;
  }

  #change(): Change {
    return { data: this.data.change(), system: this.system.change() };
  }

  #beginsRecord({ journal }: WriteOptions): boolean {
    const { kind } = this.#presence;
    if (kind === 'present' || kind === 'ended') return false;
    return this.#mustExist || journal !== undefined || !this.#isEmpty;
  }

  /** A lifetime alone is nothing to remember: it would make a session of every visit. */
  get #isEmpty(): boolean {
    const facts = this.system.keys().filter((name) => name !== 'idleMs');
    return this.data.keys().length + facts.length === 0;
  }

  /** Undefined when there is nothing to write. */
  async #write(change: Change, { renew, ...given }: CommitOptions): Promise<Written | undefined> {
    const presence = this.#presence;
    if (presence.kind === 'ended') throw new SessionEndedError();
    const operations = operationsOf(change);
    const isAsked = presence.kind === 'present' && this.#rotation !== undefined;
    if (!isAsked && !given.journal && operations.length === 0) return undefined;
    if (!isAsked) await this.#renewWhenDue({ renew });
    const rotation = presence.kind === 'present' ? this.#rotation : undefined;
    const options = { ...given, lifetime: this.lifetime.current, isNewIdle: this.#isNewIdle };
    const document = this.#preview(change);
    if (operations.length > 0) this.#checkBytes(document);
    if (presence.kind !== 'present') {
      if (!this.principal) await this.client.admit();
      const minted = presence.kind === 'minted' ? presence : this.#mint();
      return this.#inPlace(minted.key, false, (standing) =>
        createRecord(this.runtime, minted, document, { ...options, standing }),
      );
    }
    if (!rotation) return changeRecord(this.runtime, presence, operations, options);
    const { acrossLogin, to } = rotation;
    const minted = to ?? mintPlacedId(this.runtime.randomBytes, this.runtime.store);
    return this.#inPlace(minted.key, !acrossLogin, (standing) =>
      rotateRecord(this.runtime, presence, minted, operations, {
        ...options,
        acrossLogin,
        standing,
      }),
    );
  }

  /** A session of nobody has no place and needs none. */
  async #inPlace(
    session: string,
    keepsLogin: boolean,
    write: (standing: Standing | undefined) => Promise<Written>,
  ): Promise<Written> {
    const place = placeOf(this.runtime, this, this.#document.system, this.client);
    if (place && !keepsLogin) return writeInPlace(this.runtime, place, session, write);
    const written = await write(undefined);
    if (place && written.result.status === 'committed') keepPlace(this.runtime, place, session);
    return written;
  }

  #applied({ result, ...facts }: Written, change: Change): CommitOutcome {
    switch (result.status) {
      case 'replayed':
        return { kind: 'replayed', outcome: result.entry.outcome };
      case 'destroyed':
        throw this.#endedElsewhere();
      case 'lock-lost':
        throw new LockLostError();
      case 'conflict':
        if (this.#presence.kind === 'present') throw new SessionConflictError();
        // A key that was minted twice; nothing was applied.
        throw new SessionNotAvailableError(undefined);
      case 'committed': {
        const { idleTimeoutMs: idleRemainingMs } = this.lifetime.of(result.document.system);
        const { key, newId, absoluteRemainingMs } = facts;
        const isNew = this.#presence.kind === 'minted';
        const rest = { key, idleRemainingMs, absoluteRemainingMs };
        this.#presence = presentAfter(result, rest, newId);
        this.data.settle(change.data, result.document.data);
        this.system.settle(change.system, result.document.system);
        this.#announce(facts, isNew);
        this.runtime.watches.changed(facts.previous ?? key);
        return { kind: 'stored' };
      }
    }
  }

  #announce({ key, previous }: Omit<Written, 'result'>, isNew: boolean): void {
    const { runtime } = this;
    if (isNew) runtime.emit({ kind: 'created', session: key });
    if (this.#login) {
      runtime.emit({
        kind: 'login',
        session: key,
        previous,
        principal: this.#login.id,
        ip: this.client.ip,
      });
    } else if (previous !== undefined) {
      const { reason } = this.#rotation ?? {};
      runtime.emit({ kind: 'rotated', session: key, previous, reason });
    }
    this.#forgetIntents();
  }

  #forgetIntents(): void {
    this.#login = undefined;
    this.#rotation = undefined;
    this.#mustExist = false;
  }

  async #refresh({ snapshot, newId }: Present): Promise<void> {
    const result = await this.runtime.store.open(snapshot.key, { seen: snapshot.version });
    if (result.status !== 'found') throw this.#endedElsewhere();
    this.#presence = presentFrom(result.snapshot, newId);
  }

  /** Stores an update computed against `base`; answers what the record is now if it moved on. */
  async #storeDraft(
    base: SessionSnapshot,
    draft: RecordingBag,
    options: WriteOptions,
  ): Promise<SessionSnapshot | undefined> {
    const presence = this.#presence;
    if (presence.kind !== 'present') throw new SessionEndedError();
    this.#checkBytes({ ...base.document, data: draft.preview(draft.change()) });
    const result = await commitExactly(this.runtime, base, draft, options);
    if (!result) return undefined;
    if (result.status === 'conflict') return result.snapshot;
    if (result.status === 'lock-lost') throw new LockLostError();
    if (result.status !== 'committed') throw this.#endedElsewhere();
    const { idleTimeoutMs: idleRemainingMs } = this.lifetime.of(result.document.system);
    this.#presence = presentAfter(result, { ...base, idleRemainingMs }, presence.newId);
    this.data.rebase(result.document.data);
    this.system.rebase(result.document.system);
    this.runtime.watches.changed(base.key);
    return undefined;
  }

  #endedElsewhere(): SessionEndedError {
    this.#presence = { kind: 'ended', here: false };
    return new SessionEndedError();
  }

  /** At the first write past `timeouts.renew`, and once. */
  async #renewWhenDue({ renew }: Pick<CommitOptions, 'renew'>): Promise<void> {
    const presented = this.#presented;
    const presence = this.#presence;
    if (!renew || !presented || presence.kind !== 'present') return;
    if (!isRenewalDue(presented, this.runtime)) return;
    this.#presented = undefined;
    if (!(await mayRenew(this.runtime, presence.snapshot.key))) return;
    const to = nextSessionId(presented.id, this.runtime.renewalKeys);
    this.#rotation ??= { acrossLogin: false, to, reason: 'age' };
  }

  get #isNewIdle(): boolean {
    return this.lifetime.differsFrom(this.#document.system);
  }

  #preview({ data, system }: Change): SessionDocument {
    return { data: this.data.preview(data), system: this.system.preview(system) };
  }

  #checkBytes(document: SessionDocument): void {
    const bytes = documentBytes(document);
    const { maxBytes } = this.runtime.policy;
    if (bytes > maxBytes) throw new SessionTooLargeError(bytes, maxBytes);
  }

  /** One operation of this request at a time: a save during a save is computed after it. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function operationsOf({ data, system }: Change) {
  return [...data.operations, ...system.operations];
}
