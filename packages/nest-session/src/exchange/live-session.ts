import type { CommitResult, JournalEntry, SessionSnapshot } from '@understudy/replication';
import {
  CommitFateUnknownError,
  LockLostError,
  SessionConflictError,
  SessionEndedError,
  SessionError,
  SessionNotAvailableError,
} from '../errors.js';
import { nextSessionId } from '../identity/next-id.js';
import { isRenewalDue, mayRenew } from '../lifetime/renewal.js';
import { checkBytes } from '../session/measure.js';
import { NO_CHANGE, type RecordingBag } from '../session/recording-bag.js';
import { createDraftProxy } from '../session/session-proxy.js';
import { announceCommit } from './announce-commit.js';
import { AppliedBefore } from './applied-before.js';
import { atomicUpdate, commitExactly, type UpdateFunction } from './atomic-update.js';
import { type Change, hasOperations, operationsOf } from './change.js';
import type { CommitOptions, CommitOutcome } from './commit-outcome.js';
import { type Presence, type Present, presentAfter, presentFrom } from './presence.js';
import { SessionDraft } from './session-draft.js';
import { changeRecord, inPlace, type WriteOptions, type Written } from './write-record.js';
import { beginSession, notEnded, rotateSession } from './write-session.js';

/** The session of one request, from the snapshot it was opened with to its commits. No HTTP. */
export class LiveSession extends SessionDraft {
  /**
   * Stores what changed, or `noticed`, which must be of this very moment. Rejects with a
   * `SessionError` or an error of the engine.
   */
  commit(options: CommitOptions, noticed?: Change): Promise<CommitOutcome> {
    const isFirst = this.isIdle;
    return this.inTurn(async () => {
      const begins = this.beginsRecord(options);
      // Before the change is taken: a record is never without a token.
      if (begins) this.csrfToken();
      const change = noticed && isFirst && !begins ? noticed : this.change();
      const presence = notEnded(this.presence);
      if (!(presence.kind === 'present' && this.rotation)) {
        if (!options.journal && !hasOperations(change)) return { kind: 'unchanged' };
        if (options.renew && this.#isRenewalDue) await this.#renew();
      }
      if (hasOperations(change)) this.#checkSize(change);
      if (presence.kind === 'present' && !this.rotation) {
        const result = await this.#changeInPlace(presence, change, options);
        return this.#applied(inPlace(presence, result), change);
      }
      if (presence.kind === 'present' && isGuarded(change, options)) {
        await this.#storeGuarded(presence, change, options);
        return this.#rotateAfter({ data: NO_CHANGE, system: change.system }, options);
      }
      return this.#applied(await this.#writeAnew(change, options), change);
    });
  }

  reload(): Promise<void> {
    return this.inTurn(async () => {
      if (this.presence.kind === 'present') await this.#refresh(this.presence);
      this.discard();
    });
  }

  /** Shows what the cluster holds now beneath what this request has changed so far. */
  catchUp(): Promise<void> {
    return this.inTurn(async () => {
      if (this.presence.kind === 'present') await this.#refresh(this.presence);
      const { data, system } = this.document;
      this.data.rebase(data);
      this.facts.bag.rebase(system);
    });
  }

  destroy(reason: string): Promise<void> {
    return this.inTurn(async () => {
      const presence = this.presence;
      if (presence.kind === 'ended') throw new SessionEndedError();
      const key = presence.kind === 'present' ? presence.snapshot.key : lostKeyOf(presence);
      if (key !== undefined) await this.runtime.store.destroy(key, reason);
      this.presence = { kind: 'ended', here: true };
    });
  }

  /**
   * See `SessionHandle.update`. `remember`: what goes into the journal with the change; throws `AppliedBefore`
   * when it is there already.
   */
  async update<Result>(
    change: UpdateFunction<Result>,
    options: CommitOptions,
    remember?: (result: Result) => JournalEntry,
  ): Promise<Result> {
    const { renew, ...write } = options;
    // What it stores is compared with one version, which no rotation can be.
    await this.inTurn(async () => {
      if (renew && this.#isRenewalDue) await this.#renew();
    });
    await this.commit(write);
    if (this.presence.kind === 'present') {
      return atomicUpdate(this.presence.snapshot, change, (base, draft, result) => {
        const journal = remember?.(result);
        return this.inTurn(() => this.#storeDraft(base, draft, { ...options, journal }));
      });
    }
    const result = await change(createDraftProxy(this.data));
    await this.commit(options);
    return result;
  }

  #changeInPlace(present: Present, change: Change, options: WriteOptions): Promise<CommitResult> {
    const idleTimeoutMs = this.isNewIdle ? this.facts.lifetime.current.idleTimeoutMs : undefined;
    return changeRecord(this.runtime, present, operationsOf(change), idleTimeoutMs, options);
  }

  /** A rotation compares no version and asks for no lock: what they guard is stored before it. */
  async #storeGuarded(
    present: Present,
    { data }: Change,
    { durability, expect, lock }: WriteOptions,
  ): Promise<void> {
    const change = { data, system: NO_CHANGE };
    const guards = { durability, expect, lock };
    const { operations } = data;
    const result = await changeRecord(this.runtime, present, operations, undefined, guards);
    this.#absorb(inPlace(present, result), change);
  }

  /** Of what is stored by now nobody may say that it was not. */
  async #rotateAfter(change: Change, options: WriteOptions): Promise<CommitOutcome> {
    let written: Written;
    try {
      written = await this.#writeAnew(change, options);
    } catch (cause) {
      throw cause instanceof SessionError ? cause : new CommitFateUnknownError({ cause });
    }
    return this.#applied(written, change);
  }

  /** Under a key that nobody knows yet. */
  #writeAnew(change: Change, options: WriteOptions): Promise<Written> {
    const { runtime, facts, client } = this;
    const presence = notEnded(this.presence);
    const rotation = this.rotation;
    const write = { facts, before: this.document.system, client };
    if (presence.kind === 'present' && rotation) {
      const changed = { presence, operations: operationsOf(change), isNewIdle: this.isNewIdle };
      return rotateSession(runtime, { ...write, rotation }, changed, options);
    }
    const mint = () => (presence.kind === 'minted' ? presence : this.mint());
    return beginSession(runtime, write, { mint, document: () => this.preview(change) }, options);
  }

  #applied(written: Written, change: Change): CommitOutcome {
    const { result } = written;
    if (result.status === 'replayed') return { kind: 'replayed', outcome: result.entry.outcome };
    const isNew = this.presence.kind === 'minted';
    this.#absorb(written, change);
    const reason = this.rotation?.reason;
    const intents = { isNew, login: this.signingIn, reason, client: this.client };
    announceCommit(this.runtime, written, intents);
    this.forgetIntents();
    return { kind: 'stored' };
  }

  /** Takes in what was stored, or throws why it was not. */
  #absorb({ result, key, newId, previous, absoluteRemainingMs }: Written, change: Change): void {
    switch (result.status) {
      case 'destroyed':
        throw this.#endedElsewhere();
      case 'lock-lost':
        throw new LockLostError();
      case 'conflict':
        if (this.presence.kind === 'present') throw new SessionConflictError();
        // A key that was minted twice; nothing was applied.
        throw new SessionNotAvailableError(undefined);
      case 'committed': {
        const before = this.presence;
        if (before.kind === 'present') {
          this.runtime.sizes.committed(before.snapshot, change, result);
        }
        const { idleTimeoutMs: idleRemainingMs } = this.facts.lifetime.of(result.document.system);
        this.presence = presentAfter(result, { key, idleRemainingMs, absoluteRemainingMs }, newId);
        this.data.settle(change.data, result.document.data);
        this.facts.bag.settle(change.system, result.document.system);
        this.runtime.watches.changed(previous ?? key);
      }
    }
  }

  async #refresh({ snapshot, newId }: Present): Promise<void> {
    const result = await this.runtime.store.open(snapshot.key, { seen: snapshot.version });
    if (result.status !== 'found') throw this.#endedElsewhere();
    this.presence = presentFrom(result.snapshot, newId);
  }

  /** Stores an update computed against `base`; answers what the record is now if it moved on. */
  async #storeDraft(
    base: SessionSnapshot,
    draft: RecordingBag,
    options: WriteOptions,
  ): Promise<SessionSnapshot | undefined> {
    const presence = this.presence;
    if (presence.kind !== 'present') throw new SessionEndedError();
    const change = { data: draft.change(), system: NO_CHANGE };
    const { sizes, policy } = this.runtime;
    const preview = () => ({ ...base.document, data: draft.preview(change.data) });
    sizes.check(base, change, preview, policy);
    const result = await commitExactly(this.runtime, base, change.data.operations, options);
    if (!result) return undefined;
    if (result.status === 'conflict') return result.snapshot;
    if (result.status === 'lock-lost') throw new LockLostError();
    if (result.status === 'replayed') throw new AppliedBefore(result.entry);
    if (result.status !== 'committed') throw this.#endedElsewhere();
    sizes.committed(base, change, result);
    const { idleTimeoutMs: idleRemainingMs } = this.facts.lifetime.of(result.document.system);
    this.presence = presentAfter(result, { ...base, idleRemainingMs }, presence.newId);
    this.data.rebase(result.document.data);
    this.facts.bag.rebase(result.document.system);
    this.runtime.watches.changed(base.key);
    return undefined;
  }

  #endedElsewhere(): SessionEndedError {
    this.presence = { kind: 'ended', here: false };
    return new SessionEndedError();
  }

  get #isRenewalDue(): boolean {
    const presented = this.presented;
    return (
      presented !== undefined &&
      this.presence.kind === 'present' &&
      isRenewalDue(presented, this.runtime)
    );
  }

  /** At the first write past `timeouts.renew`, and once. */
  async #renew(): Promise<void> {
    const presented = this.presented;
    const presence = this.presence;
    if (!presented || presence.kind !== 'present') return;
    this.presented = undefined;
    if (!(await mayRenew(this.runtime, presence.snapshot.key))) return;
    const to = nextSessionId(presented.id, this.runtime.renewalKeys);
    this.rotation ??= { acrossLogin: false, to, reason: 'age' };
  }

  #checkSize(change: Change): void {
    const presence = this.presence;
    const { sizes, policy } = this.runtime;
    const preview = () => this.preview(change);
    if (presence.kind === 'present') sizes.check(presence.snapshot, change, preview, policy);
    else checkBytes(preview(), policy);
  }
}

/** What was lost may come back; whoever signed out must not be signed in again by that. */
function lostKeyOf(presence: Presence): string | undefined {
  return presence.kind === 'absent' && presence.why === 'lost' ? presence.key : undefined;
}

/** Whether a lock or a comparison decides about the change: of the session layer's own facts nothing does. */
function isGuarded({ data }: Change, { expect, lock }: WriteOptions): boolean {
  return lock !== undefined || (expect !== undefined && data.operations.length > 0);
}
