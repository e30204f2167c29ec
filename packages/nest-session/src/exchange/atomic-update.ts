import type { CommitResult, Operation, SessionSnapshot } from '@understudy/replication';
import { SessionNotAvailableError } from '../errors.js';
import { MAX_UPDATE_ATTEMPTS } from '../limits.js';
import { RecordingBag } from '../session/recording-bag.js';
import { createDraftProxy } from '../session/session-proxy.js';
import type { SessionRuntime } from './session-runtime.js';
import type { WriteOptions } from './write-record.js';

/** A function of the application that changes the newest properties; may run again. */
export type UpdateFunction<Result> = (draft: object) => Result | Promise<Result>;

/**
 * Compares and commits until it succeeds: `store` answers what the record is now when it moved on
 * since `first`. Between two tries nothing is held, so the fastest request wins and nobody waits
 * for one that died. Throws `SessionNotAvailableError` when it loses every time.
 */
export async function atomicUpdate<Result>(
  first: SessionSnapshot,
  change: UpdateFunction<Result>,
  store: (
    base: SessionSnapshot,
    draft: RecordingBag,
    result: Result,
  ) => Promise<SessionSnapshot | undefined>,
): Promise<Result> {
  let snapshot = first;
  for (let attempt = 0; attempt < MAX_UPDATE_ATTEMPTS; attempt++) {
    const draft = new RecordingBag('data', snapshot.document.data);
    const result = await change(createDraftProxy(draft));
    const newer = await store(snapshot, draft, result);
    if (!newer) return result;
    snapshot = newer;
  }
  throw new SessionNotAvailableError(undefined);
}

/** Commits a change if the record is still the one it was made of; undefined when there is nothing to store. */
export async function commitExactly(
  { store }: SessionRuntime,
  snapshot: SessionSnapshot,
  operations: readonly Operation[],
  { durability, lock, journal }: WriteOptions,
): Promise<CommitResult | undefined> {
  if (operations.length === 0 && !journal) return undefined;
  const { key, version } = snapshot;
  return store.commit({
    key,
    base: version,
    snapshot,
    operations,
    expect: 'exact',
    durability,
    lock,
    journal,
  });
}
