import { createHash } from 'node:crypto';
import { equalValues, type JournalEntry, type SessionValue } from '@understudy/replication';
import {
  IdempotencyInProgressError,
  IdempotencyMismatchError,
  SessionEndedError,
  SessionUsageError,
} from '../errors.js';
import { MAX_OUTCOME_BYTES } from '../limits.js';
import { AppliedBefore } from './applied-before.js';
import type { ExchangeState } from './exchange-state.js';
import { IN_PROGRESS_RETRY_SECONDS } from './reserve-key.js';

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Stores an update together with what is remembered of its result. */
type Store<Result> = (remember?: (result: Result) => JournalEntry) => Promise<Result>;

/**
 * An update that a request with an `Idempotency-Key` makes once, however often it is run: its result lies in the
 * journal under a name of its own, in the commit that carries the change (the failure prevented: the node dies
 * between an update in mid-handler and the outcome, and the repetition takes the stock a second time). Without
 * a key there is nothing a repetition could be known by, and `store` does what it always does.
 */
export async function updateOnce<Result>(
  { reservation, live, runtime }: ExchangeState,
  name: string,
  store: Store<Result>,
): Promise<Result> {
  if (!reservation) return store();
  const { fingerprint } = reservation;
  const key = partKey(reservation.key, name);
  const known = await runtime.store.reserve(live.key(), key, fingerprint);
  switch (known.status) {
    case 'replayed':
      return resultOf(known.entry, fingerprint);
    case 'in-progress':
      throw new IdempotencyInProgressError(IN_PROGRESS_RETRY_SECONDS);
    case 'rotated':
    case 'destroyed':
      throw new SessionEndedError();
    case 'reserved':
      break;
  }
  try {
    return await store((result) => ({ key, fingerprint, outcome: encode(name, result) }));
  } catch (error) {
    if (!(error instanceof AppliedBefore)) {
      runtime.store.release(live.key(), key);
      throw error;
    }
    // By a node that was cut off when this one asked.
    await live.catchUp();
    return resultOf(error.entry, fingerprint);
  }
}

/** Throws for what cannot name a part of a request. */
export function checkName(name: unknown): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new SessionUsageError(`update(): once is ${JSON.stringify(name)}, expected ${NAME}`);
}

/** No client can send it: in a key there is no space. */
function partKey(key: string, name: string): string {
  return ` ${createHash('sha256').update(`${key} ${name}`).digest('base64url')}`;
}

/** Throws before anything is stored, for a result that could not be given again. */
function encode(name: string, result: unknown): Uint8Array {
  const text = textOf(result);
  const bytes = Buffer.from(text ?? '');
  if (text !== undefined && bytes.length <= MAX_OUTCOME_BYTES) return bytes;
  const why = text === undefined ? 'is no JSON' : `has ${bytes.length} bytes`;
  throw new SessionUsageError(
    `update({ once: '${name}' }): its result ${why}; it is remembered, so return at most ` +
      `${MAX_OUTCOME_BYTES} bytes of JSON, or nothing`,
  );
}

/** Undefined: JSON would make something else of it. */
function textOf(result: unknown): string | undefined {
  if (result === undefined) return '';
  try {
    const text = JSON.stringify(result);
    return equalValues(parsed(text) as SessionValue, result as SessionValue) ? text : undefined;
  } catch {
    return undefined;
  }
}

function resultOf<Result>(entry: JournalEntry, fingerprint: string): Result {
  if (entry.fingerprint !== fingerprint) throw new IdempotencyMismatchError();
  return parsed(Buffer.from(entry.outcome).toString('utf8')) as Result;
}

function parsed(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}
