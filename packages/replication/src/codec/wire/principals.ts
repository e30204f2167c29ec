import { LIMITS } from '../../core/limits.js';
import { FrameError } from '../../errors.js';
import {
  bytes,
  flag,
  integer,
  key,
  list,
  number,
  oneOf,
  optional,
  type Schema,
  struct,
  text,
} from '../schema.js';
import { commitId } from './fields.js';

export const standing = struct({
  principal: key,
  handle: key,
  list: text(96),
  generation: integer,
});

const handle = key;
const device: Schema<Uint8Array> = {
  pack: bytes.pack,
  read: (raw, where) => {
    const read = bytes.read(raw, where);
    if (read.length <= LIMITS.deviceBytes) return read;
    throw new FrameError(`${where} has more than ${LIMITS.deviceBytes} bytes`);
  },
};
const endedSession = struct({ handle, session: key });

/** Calls to the owner of the list of somebody's sessions. */
export const principalCalls = {
  enlist: struct({
    key,
    id: commitId,
    handle,
    session: key,
    limit: integer,
    policy: oneOf('evict-oldest', 'reject'),
    absoluteTimeoutMs: number,
    createdMs: number,
    seenMs: number,
    device,
  }),
  delist: struct({ key, handle, session: optional(key) }),
  list: struct({ key }),
  revoke: struct({
    key,
    id: commitId,
    which: oneOf('all', 'others', 'one'),
    handle: optional(handle),
  }),
  standing: struct({ key, session: key, standing }),
};

/** What it answers. */
export const principalResults = {
  enlisted: struct({ standing, ended: list(endedSession, LIMITS.principalSessions * 2) }),
  full: struct({ sessions: integer }),
  listed: struct({
    generation: integer,
    sessions: list(
      struct({
        handle,
        session: key,
        createdMs: number,
        seenMs: number,
        device,
        confirmed: flag,
      }),
      LIMITS.principalSessions,
    ),
  }),
  revoked: struct({
    generation: integer,
    ended: list(endedSession, LIMITS.principalSessions * 2),
  }),
  standing: struct({ valid: flag }),
};
