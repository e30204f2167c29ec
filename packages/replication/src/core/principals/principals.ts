import type { CallResult } from '../calls/calls.js';
import { type CoreContext, type Recipient, type Reply, replyOf } from '../context.js';
import type { BackupKeeper } from '../copies/backup-keeper.js';
import { DAY_MS } from '../limits.js';
import { type CommitId, isApplied } from '../record/applied-commits.js';
import type { OwnedRecord, RecordContent } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { oversizeWith } from '../record/record-size.js';
import { diff } from '../values/diff.js';
import type { EndedSession, PrincipalCall } from './principal-calls.js';
import { readList, writeList } from './principal-contents.js';
import { isSteady, PrincipalEndings } from './principal-endings.js';
import { PrincipalLeases } from './principal-leases.js';
import { PrincipalReconciliation } from './principal-reconciliation.js';
import {
  delist,
  enlist,
  type Fate,
  findPlace,
  isListed,
  newList,
  type PrincipalList,
  prune,
  revoke,
} from './principal-record.js';
import type { Standing } from './standing.js';

type Call<K extends PrincipalCall['kind']> = Extract<PrincipalCall, { kind: K }>;

/** As long as the generation is to be remembered although nobody signs in. */
const IDLE_MS = DAY_MS;
const ABSOLUTE_MS = 3650 * DAY_MS;

/** How a change of a record is numbered and sent to its copies. */
export type Advance = (record: OwnedRecord, body: DeltaBody) => void;

/**
 * Executes calls on the list of a principal's sessions. One node orders them, so a limit is exact:
 * a login takes its place before it is committed, whoever has to make room has ended everywhere
 * before the place is confirmed, and both are copied before anybody is told.
 */
export class Principals {
  readonly #reconciliation: PrincipalReconciliation;
  readonly #endings: PrincipalEndings;
  readonly #leases: PrincipalLeases;

  constructor(
    private readonly context: CoreContext,
    private readonly keeper: BackupKeeper,
    private readonly advance: Advance,
  ) {
    const access = {
      read: (record: OwnedRecord) => this.#read(record),
      pruned: (record: OwnedRecord) => this.#pruned(record),
      write: (record: OwnedRecord, list: PrincipalList) => this.#write(record, list),
    };
    this.#reconciliation = new PrincipalReconciliation(context, access);
    this.#endings = new PrincipalEndings(context, access);
    this.#leases = new PrincipalLeases(context, access);
  }

  /** What a list begins with; its name is that of the call that made it. */
  static contentOf({ id, absoluteTimeoutMs }: Call<'enlist'>): RecordContent {
    return {
      document: writeList(newList(`${id.origin}/${id.counter}`)),
      idleTimeoutMs: IDLE_MS + absoluteTimeoutMs,
      journal: [],
      applied: [],
      rates: new Map(),
      kind: 'principal',
    };
  }

  static readonly absoluteTimeoutMs = ABSOLUTE_MS;

  /** This node leads the list from now on: it goes on with what the former owner had begun. */
  adopted(record: OwnedRecord): void {
    this.#reconciliation.adopted(record);
    this.#leases.watch(record);
    this.#endings.watch(record);
  }

  execute(record: OwnedRecord, call: PrincipalCall, recipient: Recipient): void {
    const reply = replyOf(recipient);
    if (record.content.kind !== 'principal') {
      reply({ kind: 'unknown' });
      return;
    }
    if (this.#reconciliation.needed(record)) {
      this.#reconciliation.run(record, (known) => {
        // Elsewhere by now, or given away: the call finds its way.
        if (!isSteady(this.context, record)) recipient.redirect(undefined, record.epoch);
        else if (known) this.execute(record, call, recipient);
        else reply({ kind: 'refused', reason: 'not everyone said which sessions have ended' });
      });
      return;
    }
    switch (call.kind) {
      case 'enlist':
        this.#enlist(record, call, recipient);
        return;
      case 'delist': {
        const list = delist(this.#pruned(record), call.handle, call.session);
        this.#write(record, list);
        this.#answerCopied(record, reply, () => ({ kind: 'done' }));
        return;
      }
      case 'list': {
        const { generation, places } = this.#pruned(record);
        const sessions = places.map(
          ({ handle, session, createdMs, seenMs, device, confirmed }) => ({
            handle,
            session,
            createdMs,
            seenMs,
            device,
            confirmed,
          }),
        );
        reply({ kind: 'listed', generation, sessions });
        return;
      }
      case 'revoke':
        this.#revoke(record, call, recipient);
        return;
      case 'standing':
        reply({ kind: 'standing', valid: this.#isValid(record, call.standing) });
        return;
    }
  }

  /** Also where the list is another one than it was put on: whoever was ended is buried. */
  #isValid(record: OwnedRecord, standing: Standing): boolean {
    if (this.context.tombstone(standing.handle)) return false;
    return isListed(this.#pruned(record), standing);
  }

  tick(): void {
    this.#leases.tick();
    this.#endings.tick();
  }

  #enlist(record: OwnedRecord, call: Call<'enlist'>, recipient: Recipient): void {
    const reply = replyOf(recipient);
    if (isApplied(record.content.applied, call.id)) {
      this.#answerEnlisted(record, call, reply);
      return;
    }
    const buried = this.context.tombstone(call.handle);
    if (buried) {
      reply({ kind: 'destroyed', reason: buried.reason });
      return;
    }
    const before = this.#pruned(record);
    const list = enlist(before, call);
    if (!list) {
      reply({ kind: 'full', sessions: before.places.length });
      return;
    }
    const idleTimeoutMs = Math.max(record.content.idleTimeoutMs, IDLE_MS + call.absoluteTimeoutMs);
    if (this.#refuses(record, list, call.id, reply)) return;
    this.#write(record, list, { id: call.id, idleTimeoutMs });
    recipient.numbered();
    this.#leases.watch(record);
    this.#answerEnlisted(record, call, reply);
  }

  #answerEnlisted(record: OwnedRecord, { key, handle }: Call<'enlist'>, reply: Reply): void {
    this.#answerEnded(record, reply, (ended) => {
      const { list, generation, places } = this.#read(record);
      if (!findPlace(places, handle)) return { kind: 'destroyed', reason: 'evicted' };
      return { kind: 'enlisted', standing: { principal: key, handle, list, generation }, ended };
    });
  }

  #revoke(record: OwnedRecord, call: Call<'revoke'>, recipient: Recipient): void {
    const reply = replyOf(recipient);
    if (!isApplied(record.content.applied, call.id)) {
      const list = revoke(this.#pruned(record), call.which, call.handle);
      if (this.#refuses(record, list, call.id, reply)) return;
      this.#write(record, list, { id: call.id });
      recipient.numbered();
    }
    this.#answerEnded(record, reply, (ended) => ({
      kind: 'revoked',
      generation: this.#read(record).generation,
      ended,
    }));
  }

  /** Copied first, then ended everywhere, then answered. */
  #answerEnded(
    record: OwnedRecord,
    reply: Reply,
    answer: (ended: readonly EndedSession[]) => CallResult,
  ): void {
    this.keeper.awaitCopies(record, record.seq, 'backup', () => {
      const ended = this.#read(record).endings.map(({ handle, session }) => ({ handle, session }));
      this.#endings.settle(record, ended, () => reply(answer(ended)));
    });
  }

  #answerCopied(record: OwnedRecord, reply: Reply, answer: () => CallResult): void {
    this.keeper.awaitCopies(record, record.seq, 'backup', () => reply(answer()));
  }

  /** Where nobody can hold a copy, or none can hold the whole list. */
  #refuses(record: OwnedRecord, list: PrincipalList, id: CommitId, reply: Reply): boolean {
    const { settings, busConnected, codec } = this.context;
    const alone = !busConnected || record.backups.size === 0;
    if (settings.onIsolation === 'refuse' && settings.backups > 0 && alone) {
      reply({ kind: 'refused', reason: 'no other node can hold a copy' });
      return true;
    }
    const body = this.#bodyOf(record, list, { id });
    const bytes = oversizeWith(this.context, record, body, codec.encodeDelta(body).length);
    if (bytes === undefined) return false;
    reply({ kind: 'too-large', bytes, maxBytes: settings.maxRecordBytes ?? 0 });
    return true;
  }

  #read(record: OwnedRecord): PrincipalList {
    return readList(record.content.document);
  }

  #pruned(record: OwnedRecord): PrincipalList {
    return prune(this.#read(record), (session) => this.#fateOf(session));
  }

  /** Every end is told to every node: what ended is known here without asking. */
  #fateOf(session: string): Fate {
    const tombstone = this.context.tombstone(session);
    if (!tombstone) return { kind: 'alive' };
    return tombstone.alias ? { kind: 'renamed', to: tombstone.alias.key } : { kind: 'ended' };
  }

  #write(record: OwnedRecord, list: PrincipalList, parts: Partial<DeltaBody> = {}): void {
    const body = this.#bodyOf(record, list, parts);
    if (body.operations.length > 0 || body.id) this.advance(record, body);
  }

  #bodyOf(record: OwnedRecord, list: PrincipalList, parts: Partial<DeltaBody>): DeltaBody {
    const { system } = record.content.document;
    return { operations: diff(system, writeList(list).system, ['system']), ...parts };
  }
}
