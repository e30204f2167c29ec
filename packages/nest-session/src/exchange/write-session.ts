import type { Operation, SessionDocument, Standing } from '@understudy/replication';
import { SessionEndedError } from '../errors.js';
import { mintPlacedId } from '../identity/session-id.js';
import type { Client } from './client.js';
import type { Ended, Minted, Presence, Present } from './presence.js';
import type { SessionFacts } from './session-facts.js';
import type { SessionRuntime } from './session-runtime.js';
import { keepPlace, placeOf, writeInPlace } from './sign-in.js';
import {
  createRecord,
  type Rotation,
  rotateRecord,
  type WriteOptions,
  type Written,
} from './write-record.js';

/** A session as one request wants it stored, where that is more than to change a record. */
export interface SessionWrite {
  readonly facts: SessionFacts;
  /** What is stored of the session layer's own facts. */
  readonly before: SessionDocument['system'];
  readonly client: Client;
}

/** Begins a record under a key of its own. Rejects with a `SessionError` or an error of the engine. */
export async function beginSession(
  runtime: SessionRuntime,
  write: SessionWrite,
  { mint, document }: { mint(): Minted; document(): SessionDocument },
  options: WriteOptions,
): Promise<Written> {
  const { facts, client } = write;
  if (!facts.principal) await client.admit();
  const minted = mint();
  return inPlace(runtime, write, minted.key, (standing) => {
    const placement = { lifetime: facts.lifetime.current, standing };
    return createRecord(runtime, minted, document(), placement, options);
  });
}

/** Changes a record and gives it another key. Rejects as {@link beginSession} does. */
export async function rotateSession(
  runtime: SessionRuntime,
  write: SessionWrite & { readonly rotation: Rotation },
  {
    presence,
    operations,
    isNewIdle,
  }: {
    readonly presence: Present;
    readonly operations: readonly Operation[];
    /** Its idle timeout is another than before. */
    readonly isNewIdle: boolean;
  },
  options: WriteOptions,
): Promise<Written> {
  const { facts, rotation } = write;
  const { acrossLogin, to } = rotation;
  const minted = to ?? mintPlacedId(runtime.randomBytes, runtime.store);
  return inPlace(runtime, write, minted.key, (standing) => {
    const placement = { lifetime: facts.lifetime.current, standing, acrossLogin, isNewIdle };
    return rotateRecord(runtime, presence, minted, operations, placement, options);
  });
}

/** A session of nobody has no place and needs none. */
async function inPlace(
  runtime: SessionRuntime,
  { facts, before, client, rotation }: SessionWrite & { readonly rotation?: Rotation },
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
