import type {
  CommitResult,
  Durability,
  HeldLock,
  JournalEntry,
  Operation,
  SessionDocument,
  Standing,
} from '@understudy/replication';
import type { SessionId } from '../identity/session-id.js';
import type { Lifetime } from '../lifetime/lifetime.js';
import type { Minted, Present } from './presence.js';
import type { SessionRuntime } from './session-runtime.js';

export interface WriteOptions {
  readonly durability: Durability;
  /** An outcome to remember, in the same commit as the change. */
  readonly journal?: JournalEntry | undefined;
  /** Store changes of the application only if the record is what it was when it was read. */
  readonly expect?: 'exact' | undefined;
  /** Store only while this lock cannot have been anybody else's. */
  readonly lock?: HeldLock | undefined;
}

export interface Rotation {
  readonly acrossLogin: boolean;
  /** Default: a new one at random. */
  readonly to?: { readonly id: SessionId; readonly key: string } | undefined;
}

/** What the writing of a new record, or under a new key, knows besides. */
export interface Placement {
  readonly lifetime: Lifetime;
  /** The session's place on the list of its principal, taken before it is written. */
  readonly standing: Standing | undefined;
}

/** A commit's result, and the facts about the record that it does not repeat. */
export interface Written {
  readonly result: CommitResult;
  readonly key: string;
  readonly newId: SessionId | undefined;
  /** The key the record had before, when this commit rotated it. */
  readonly previous?: string | undefined;
  readonly absoluteRemainingMs: number;
}

export async function createRecord(
  { store }: SessionRuntime,
  { id, key }: Minted,
  { data, system }: SessionDocument,
  { lifetime, standing }: Placement,
  { durability, journal }: WriteOptions,
): Promise<Written> {
  const { idleTimeoutMs, absoluteTimeoutMs } = lifetime;
  const deadlines = { idleTimeoutMs, absoluteTimeoutMs };
  const result = await store.create({
    key,
    data,
    system,
    ...deadlines,
    durability,
    journal,
    standing,
  });
  return { result, key, newId: id, absoluteRemainingMs: absoluteTimeoutMs };
}

/**
 * `idleTimeoutMs`: the new one; undefined: as before. The promise is the store's own: each that is put around
 * one costs a write as much as a look into a map.
 */
export function changeRecord(
  { store }: SessionRuntime,
  { snapshot }: Present,
  operations: readonly Operation[],
  idleTimeoutMs: number | undefined,
  { durability, journal, expect, lock }: WriteOptions,
): Promise<CommitResult> {
  const { key, version } = snapshot;
  // Each property by its name, here and on the way here: spreads took a tenth of a write's time.
  return store.commit({
    key,
    base: version,
    snapshot,
    operations,
    durability,
    journal,
    // What only the session layer noted is nobody's conflict.
    expect: expect && operations.some(({ path }) => path[0] === 'data') ? expect : undefined,
    lock,
    idleTimeoutMs,
  });
}

/** What a change leaves as it was. */
export function inPlace({ snapshot, newId }: Present, result: CommitResult): Written {
  const { key, absoluteRemainingMs } = snapshot;
  return { result, key, newId, absoluteRemainingMs };
}

/** Changes the record and its id in one commit. */
export async function rotateRecord(
  { store }: SessionRuntime,
  { snapshot }: Present,
  minted: Omit<Minted, 'kind'>,
  operations: readonly Operation[],
  {
    acrossLogin,
    isNewIdle,
    lifetime,
    standing,
  }: Placement & Pick<Rotation, 'acrossLogin'> & { readonly isNewIdle: boolean },
  { durability, journal }: WriteOptions,
): Promise<Written> {
  const { idleTimeoutMs, absoluteTimeoutMs } = lifetime;
  const result = await store.rotate({
    from: snapshot.key,
    to: minted.key,
    base: snapshot.version,
    operations,
    acrossLogin,
    durability,
    journal,
    standing,
    // A login starts both clocks again (NIST SP 800-63B-4 §5.2); a rotation moves neither.
    ...((acrossLogin || isNewIdle) && { idleTimeoutMs }),
    ...(acrossLogin && { absoluteTimeoutMs }),
  });
  return {
    result,
    key: minted.key,
    newId: minted.id,
    previous: snapshot.key,
    absoluteRemainingMs: acrossLogin ? absoluteTimeoutMs : snapshot.absoluteRemainingMs,
  };
}
