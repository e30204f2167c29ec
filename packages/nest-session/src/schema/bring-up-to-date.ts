import type {
  Operation,
  SessionDocument,
  SessionObject,
  SessionSnapshot,
} from '@understudy/replication';
import { SessionNotAvailableError } from '../errors.js';
import { presentAfter } from '../exchange/presence.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import { MAX_UPDATE_ATTEMPTS } from '../limits.js';
import { documentBytes } from '../session/measure.js';
import { RecordingBag } from '../session/recording-bag.js';
import { nameOf, type Reading, readData, SCHEMA_VERSION_KEY } from './read-data.js';

/** Where properties that could not be read are kept until the session ends. */
const QUARANTINE_KEY = 'quarantine';

type Decided = Exclude<Reading, { kind: 'fits' | 'undecided' }>;

const RETRY_AFTER_SECONDS = 1;

/**
 * Makes the properties of a session those of the application's version, before anything of it runs.
 * Stored at once, and only onto the version that was read: two requests that migrate at the same
 * time must not both add to a list. What cannot be read is put aside, and the session goes on
 * without properties; whoever is signed in stays so. A schema that throws decides nothing: the request is
 * refused, and what is stored stays (the failure prevented: a database that was away for a moment empties carts).
 *
 * Undefined: the session ended meanwhile. Rejects as the engine does.
 */
export async function bringUpToDate(
  runtime: SessionRuntime,
  first: SessionSnapshot,
): Promise<SessionSnapshot | undefined> {
  const { schema, durability, maxBytes } = runtime.policy;
  if (!schema) return first;
  let snapshot = first;
  for (let attempt = 0; attempt < MAX_UPDATE_ATTEMPTS; attempt++) {
    const reading = await readData(schema, snapshot.document);
    if (reading.kind === 'fits') return snapshot;
    if (reading.kind === 'undecided') {
      runtime.logger.error(
        `the schema failed, so a session was not served: ${nameOf(reading.error)}`,
      );
      throw new SessionNotAvailableError(RETRY_AFTER_SECONDS, { cause: reading.error });
    }
    const { key, version: base } = snapshot;
    // Half a session is the application's in any case (the failure prevented: every write is
    // refused as too large because of what nobody can read).
    const isKept = documentBytes(snapshot.document) <= maxBytes / 2;
    const operations = operationsOf(reading, snapshot.document, schema.version, isKept);
    const request = { key, base, snapshot, operations, durability, expect: 'exact' } as const;
    const result = await runtime.store.commit(request);
    if (result.status === 'committed') {
      tell(runtime, key, reading, isKept);
      return presentAfter(result, snapshot, undefined).snapshot;
    }
    if (result.status !== 'conflict') return undefined;
    snapshot = result.snapshot;
  }
  throw new SessionNotAvailableError(RETRY_AFTER_SECONDS);
}

function operationsOf(
  reading: Decided,
  document: SessionDocument,
  version: number,
  isKept: boolean,
): Operation[] {
  const isMigrated = reading.kind === 'migrated';
  const operations: Operation[] = [
    ...replacing(document.data, isMigrated ? reading.data : {}),
    { kind: 'set', path: ['system', SCHEMA_VERSION_KEY], value: version },
  ];
  if (!isMigrated && isKept) {
    const value = { version: reading.from, data: document.data };
    operations.push({ kind: 'set', path: ['system', QUARANTINE_KEY], value });
  }
  return operations;
}

function replacing(before: SessionObject, after: SessionObject): readonly Operation[] {
  const bag = new RecordingBag('data', before);
  bag.clear();
  for (const [name, value] of Object.entries(after)) bag.set(name, value);
  return bag.change().operations;
}

function tell(
  { emit, logger }: SessionRuntime,
  session: string,
  reading: Decided,
  kept: boolean,
): void {
  if (reading.kind === 'migrated') return;
  const { from: version, reason } = reading;
  emit({ kind: 'data-quarantined', session, version, reason, kept });
  logger.error(`the data of session ${session} was ${kept ? 'put aside' : 'dropped'}: ${reason}`);
}
