import { compareVersions, type Version } from '../core/record/version.js';
import type { Operation } from '../core/values/operations.js';
import type { SessionDocument } from '../core/values/values.js';
import { InternalError, SessionUnavailableError } from '../errors.js';
import type { CommitResult, SessionKey, SessionSnapshot } from '../node/api/cluster-api.js';
import { type Answered, RETRY_AFTER_MS, type RedisStoreCalls } from './redis-store-calls.js';
import { encodeDocument } from './stored-document.js';
import { applied, committed, snapshotOf, unreadable } from './stored-results.js';

/** Tries of one change while others change the same session. */
const TRIES = 64;

/** Computes the change on what the record is, and again for as long as somebody is faster. */
export async function mergeChange(
  calls: RedisStoreCalls,
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
    } else answered = await calls.ask('understudyStoreRead', at, []);
    const { answer } = answered;
    if (answer.kind === 'stored' && next) return committed(answer.seq, next);
    if (answer.kind === 'replayed') return { status: 'replayed', entry: answer.entry };
    if (answer.kind === 'unreadable') throw unreadable(answer.reason);
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
