import type {
  CommitResult,
  Committed,
  Durability,
  JournalEntry,
  SessionDocument,
  SessionSnapshot,
} from '@understudy/replication';
import { SessionEndedError, SessionNotAvailableError, SessionTooLargeError } from '../errors.js';
import { mintPlacedId, type SessionId } from '../identity/session-id.js';
import { MAX_UPDATE_ATTEMPTS } from '../limits.js';
import { documentBytes } from '../session/measure.js';
import type { Principal } from '../session/principal.js';
import { type BagChange, RecordingBag } from '../session/recording-bag.js';
import { createDraftProxy } from '../session/session-proxy.js';
import type { Opened } from './open-session.js';
import type { SessionRuntime } from './session-runtime.js';

/** Where the session of a request stands. */
export type Presence =
  | { readonly kind: 'absent'; readonly why: 'none' | 'ended' | 'lost' }
  /** An id exists in this request only; the first commit makes the record. */
  | { readonly kind: 'minted'; readonly id: SessionId; readonly key: string }
  | {
      readonly kind: 'present';
      readonly snapshot: SessionSnapshot;
      readonly copies: number;
      /** The id the client does not have yet. */
      readonly newId: SessionId | undefined;
    }
  /** `here`: by this request. Otherwise it was ended while this request ran. */
  | { readonly kind: 'ended'; readonly here: boolean };

type Present = Extract<Presence, { kind: 'present' }>;

export type CommitOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'stored' }
  /** The journal held the key already: nothing was applied, this was the outcome then. */
  | { readonly kind: 'replayed'; readonly outcome: Uint8Array };

export interface CommitOptions {
  readonly durability: Durability;
  readonly journal?: JournalEntry | undefined;
}

interface Change {
  readonly data: BagChange;
  readonly system: BagChange;
}

const CSRF_TOKEN_BYTES = 24;
const NOTHING: SessionDocument = { data: {}, system: {} };

/** The session of one request, from the snapshot it was opened with to its commits. No HTTP. */
export class LiveSession {
  readonly data: RecordingBag;
  readonly system: RecordingBag;
  #presence: Presence;
  #rotation: { acrossLogin: boolean } | undefined;
  #mustExist = false;
  #login: Principal | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly runtime: SessionRuntime,
    opened: Opened,
  ) {
    const { data, system } = opened.kind === 'present' ? opened.snapshot.document : NOTHING;
    this.data = new RecordingBag('data', data);
    this.system = new RecordingBag('system', system);
    this.#presence =
      opened.kind === 'present'
        ? {
            kind: 'present',
            snapshot: opened.snapshot,
            copies: opened.snapshot.backups.length,
            newId: undefined,
          }
        : opened;
  }

  get presence(): Presence {
    return this.#presence;
  }

  get principal(): Principal | null {
    return (this.system.get('principal') as Principal | undefined) ?? null;
  }

  /** Hash of the id; mints one when there is none. Throws once the session has ended. */
  key(): string {
    const presence = this.#presence;
    switch (presence.kind) {
      case 'present':
        return presence.snapshot.key;
      case 'minted':
        return presence.key;
      case 'ended':
        throw new SessionEndedError();
      case 'absent': {
        const minted = mintPlacedId(this.runtime.randomBytes, this.runtime.store);
        this.#presence = { kind: 'minted', ...minted };
        return minted.key;
      }
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

  login(principal: Principal): void {
    this.system.set('principal', principal);
    this.system.set('authenticatedAt', new Date(this.runtime.now()));
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
    const { data, system } = this.#document();
    this.data.reset(data);
    this.system.reset(system);
    this.#rotation = undefined;
    this.#login = undefined;
    this.#mustExist = false;
  }

  /** Whether a commit would store something. Throws when a value cannot be stored. */
  get changed(): boolean {
    if (this.#presence.kind === 'ended') return false;
    const change = this.#change();
    return this.#mustExist && this.#presence.kind !== 'present'
      ? true
      : this.#rotates || change.data.operations.length + change.system.operations.length > 0;
  }

  /** Stores what changed. Rejects with a `SessionError` or an error of the engine. */
  commit(options: CommitOptions): Promise<CommitOutcome> {
    return this.#inTurn(() => this.#commit(options));
  }

  async reload(): Promise<void> {
    await this.#inTurn(async () => {
      const presence = this.#presence;
      if (presence.kind === 'present') await this.#refresh(presence);
      this.discard();
    });
  }

  async destroy(reason: string): Promise<void> {
    await this.#inTurn(async () => {
      const presence = this.#presence;
      if (presence.kind === 'ended') throw new SessionEndedError();
      if (presence.kind === 'present') {
        await this.runtime.store.destroy(presence.snapshot.key, reason);
        this.runtime.emit({ kind: 'ended', session: presence.snapshot.key, reason });
      }
      this.#presence = { kind: 'ended', here: true };
    });
  }

  /** See `SessionHandle.update`. Between two tries nothing is held: the fastest one wins. */
  async update<Result>(
    change: (draft: object) => Result | Promise<Result>,
    durability: Durability,
  ): Promise<Result> {
    await this.commit({ durability });
    if (this.#presence.kind !== 'present') {
      const result = await change(createDraftProxy(this.data));
      await this.commit({ durability });
      return result;
    }
    let snapshot = this.#presence.snapshot;
    for (let attempt = 0; attempt < MAX_UPDATE_ATTEMPTS; attempt++) {
      const draft = new RecordingBag('data', snapshot.document.data);
      const result = await change(createDraftProxy(draft));
      const conflict = await this.#inTurn(() => this.#commitDraft(snapshot, draft, durability));
      if (!conflict) return result;
      snapshot = conflict;
    }
    throw new SessionNotAvailableError(undefined);
  }

  get #rotates(): boolean {
    return this.#rotation !== undefined && this.#presence.kind === 'present';
  }

  #document(): SessionDocument {
    return this.#presence.kind === 'present' ? this.#presence.snapshot.document : NOTHING;
  }

  #newCsrfToken(): string {
    const token = this.runtime.randomBytes(CSRF_TOKEN_BYTES).toString('base64url');
    this.system.set('csrf', token);
    return token;
  }

  #change(): Change {
    return { data: this.data.change(), system: this.system.change() };
  }

  async #commit(options: CommitOptions): Promise<CommitOutcome> {
    const presence = this.#presence;
    if (presence.kind === 'ended') throw new SessionEndedError();
    if (presence.kind === 'present') return this.#commitPresent(presence, options);
    const nothing =
      !this.#mustExist &&
      !options.journal &&
      this.data.keys().length + this.system.keys().length === 0;
    return nothing ? { kind: 'unchanged' } : this.#create(options);
  }

  async #create({ durability, journal }: CommitOptions): Promise<CommitOutcome> {
    this.csrfToken();
    const key = this.key();
    const { id } = this.#presence as Extract<Presence, { kind: 'minted' }>;
    const change = this.#change();
    this.#checkSize(change);
    const { idleTimeoutMs, absoluteTimeoutMs } = this.runtime.policy;
    const result = await this.runtime.store.create({
      key,
      data: this.data.preview(change.data),
      system: this.system.preview(change.system),
      idleTimeoutMs,
      absoluteTimeoutMs,
      durability,
      journal,
    });
    return this.#applied(result, {
      change,
      key,
      newId: id,
      absoluteRemainingMs: absoluteTimeoutMs,
    });
  }

  async #commitPresent(
    { snapshot, newId }: Present,
    { durability, journal }: CommitOptions,
  ): Promise<CommitOutcome> {
    const change = this.#change();
    const operations = [...change.data.operations, ...change.system.operations];
    if (!this.#rotation && operations.length === 0 && !journal) return { kind: 'unchanged' };
    if (operations.length > 0) this.#checkSize(change);
    const request = { base: snapshot.version, operations, durability, journal };
    if (!this.#rotation) {
      const result = await this.runtime.store.commit({ key: snapshot.key, ...request });
      const { key, absoluteRemainingMs } = snapshot;
      return this.#applied(result, { change, key, newId, absoluteRemainingMs });
    }
    const { acrossLogin } = this.#rotation;
    const minted = mintPlacedId(this.runtime.randomBytes, this.runtime.store);
    const { idleTimeoutMs, absoluteTimeoutMs } = this.runtime.policy;
    const result = await this.runtime.store.rotate({
      from: snapshot.key,
      to: minted.key,
      acrossLogin,
      ...request,
      // A login starts both clocks again (NIST SP 800-63B-4 §5.2); a rotation moves neither.
      ...(acrossLogin ? { idleTimeoutMs, absoluteTimeoutMs } : {}),
    });
    return this.#applied(result, {
      change,
      key: minted.key,
      newId: minted.id,
      previous: snapshot.key,
      absoluteRemainingMs: acrossLogin ? absoluteTimeoutMs : snapshot.absoluteRemainingMs,
    });
  }

  #applied(result: CommitResult, sent: Sent): CommitOutcome {
    switch (result.status) {
      case 'replayed':
        return { kind: 'replayed', outcome: result.entry.outcome };
      case 'destroyed':
        this.#presence = { kind: 'ended', here: false };
        throw new SessionEndedError();
      case 'conflict':
        // Only an exact commit can conflict, or a key that was minted twice; nothing was applied.
        throw new SessionNotAvailableError(undefined);
      case 'committed':
        this.#adopt(result, sent);
        this.data.settle(sent.change.data, result.document.data);
        this.system.settle(sent.change.system, result.document.system);
        this.#announce(sent);
        return { kind: 'stored' };
    }
  }

  #adopt(committed: Committed, { key, newId, absoluteRemainingMs }: Omit<Sent, 'change'>): void {
    const { version, document, owner, backups, copies } = committed;
    const { idleTimeoutMs } = this.runtime.policy;
    this.#presence = {
      kind: 'present',
      snapshot: {
        key,
        version,
        document,
        owner,
        backups,
        idleRemainingMs: idleTimeoutMs,
        absoluteRemainingMs,
      },
      copies,
      newId,
    };
  }

  #announce({ key, newId, previous }: Sent): void {
    if (newId !== undefined && previous === undefined && !this.#announcedCreation) {
      this.#announcedCreation = true;
      this.runtime.emit({ kind: 'created', session: key });
    }
    if (this.#login) {
      const principal = this.#login.id;
      this.runtime.emit({ kind: 'login', session: key, previous, principal });
    } else if (previous !== undefined) {
      this.runtime.emit({ kind: 'rotated', session: key, previous });
    }
    this.#login = undefined;
    this.#rotation = undefined;
    this.#mustExist = false;
  }
  #announcedCreation = false;

  async #refresh({ snapshot, newId }: Present): Promise<void> {
    const result = await this.runtime.store.open(snapshot.key, { seen: snapshot.version });
    if (result.status !== 'found') {
      this.#presence = { kind: 'ended', here: false };
      throw new SessionEndedError();
    }
    const { backups } = result.snapshot;
    this.#presence = {
      kind: 'present',
      snapshot: result.snapshot,
      copies: backups.length,
      newId,
    };
  }

  /** Stores an update computed against `base`; answers what the record is now if it moved on. */
  async #commitDraft(
    base: SessionSnapshot,
    draft: RecordingBag,
    durability: Durability,
  ): Promise<SessionSnapshot | undefined> {
    const presence = this.#presence;
    if (presence.kind !== 'present') throw new SessionEndedError();
    const change = draft.change();
    if (change.operations.length === 0) return undefined;
    this.#checkBytes({ data: draft.preview(change), system: base.document.system });
    const result = await this.runtime.store.commit({
      key: base.key,
      base: base.version,
      operations: change.operations,
      expect: 'exact',
      durability,
    });
    if (result.status === 'conflict') return result.snapshot;
    if (result.status !== 'committed') {
      this.#presence = { kind: 'ended', here: false };
      throw new SessionEndedError();
    }
    const { newId, snapshot } = presence;
    const { key, absoluteRemainingMs } = snapshot;
    this.#adopt(result, { key, newId, absoluteRemainingMs });
    this.data.rebase(result.document.data);
    this.system.rebase(result.document.system);
    return undefined;
  }

  #checkSize({ data, system }: Change): void {
    this.#checkBytes({ data: this.data.preview(data), system: this.system.preview(system) });
  }

  #checkBytes(document: SessionDocument): void {
    const bytes = documentBytes(document);
    const { maxBytes } = this.runtime.policy;
    if (bytes > maxBytes) throw new SessionTooLargeError(bytes, maxBytes);
  }

  /** One operation of this request at a time: a save during a save is computed after it. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

interface Sent {
  readonly change: Change;
  readonly key: string;
  readonly newId: SessionId | undefined;
  readonly previous?: string | undefined;
  readonly absoluteRemainingMs: number;
}
