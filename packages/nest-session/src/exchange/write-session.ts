import type { Operation, SessionDocument, Standing } from '@understudy/replication';
import { SessionEndedError } from '../errors.js';
import { mintPlacedId } from '../identity/session-id.js';
import type { Client } from './client.js';
import type { Ended, Minted, Presence } from './presence.js';
import type { SessionFacts } from './session-facts.js';
import type { SessionRuntime } from './session-runtime.js';
import { keepPlace, placeOf, writeInPlace } from './sign-in.js';
import {
  changeRecord,
  createRecord,
  type LifetimeChange,
  type Rotation,
  rotateRecord,
  type WriteOptions,
  type Written,
} from './write-record.js';

/** A session as one request wants it stored. */
export interface SessionWrite {
  readonly presence: Exclude<Presence, Ended>;
  readonly facts: SessionFacts;
  /** What is stored of the session layer's own facts. */
  readonly before: SessionDocument['system'];
  readonly client: Client;
  readonly operations: readonly Operation[];
  /** The whole of it, where it begins with this. */
  document(): SessionDocument;
  /** A present session gets another id. */
  readonly rotation: Rotation | undefined;
  /** Gives a session without an id one. */
  mint(): Minted;
}

/** Begins, changes or rotates a record. Rejects with a `SessionError` or an error of the engine. */
export async function writeSession(
  runtime: SessionRuntime,
  write: SessionWrite,
  options: WriteOptions & LifetimeChange,
): Promise<Written> {
  const { presence, facts, client, operations, rotation } = write;
  if (presence.kind !== 'present') {
    if (!facts.principal) await client.admit();
    const minted = presence.kind === 'minted' ? presence : write.mint();
    return inPlace(runtime, write, minted.key, (standing) =>
      createRecord(runtime, minted, write.document(), { ...options, standing }),
    );
  }
  if (!rotation) return changeRecord(runtime, presence, operations, options);
  const { acrossLogin, to } = rotation;
  const minted = to ?? mintPlacedId(runtime.randomBytes, runtime.store);
  return inPlace(runtime, write, minted.key, (standing) =>
    rotateRecord(runtime, presence, minted, operations, { ...options, acrossLogin, standing }),
  );
}

/** A session of nobody has no place and needs none. */
async function inPlace(
  runtime: SessionRuntime,
  { facts, before, client, rotation }: SessionWrite,
  session: string,
  write: (standing: Standing | undefined) => Promise<Written>,
): Promise<Written> {
  const place = placeOf(runtime, facts, before, client);
  const keepsLogin = rotation !== undefined && !rotation.acrossLogin;
  if (place && !keepsLogin) return writeInPlace(runtime, place, session, write);
  const written = await write(undefined);
  if (place && written.result.status === 'committed') keepPlace(runtime, place, session);
  return written;
}

/** Throws once the session has ended. */
export function notEnded(presence: Presence): Exclude<Presence, Ended> {
  if (presence.kind === 'ended') throw new SessionEndedError();
  return presence;
}
