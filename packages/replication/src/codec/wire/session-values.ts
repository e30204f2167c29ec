import { assertSessionValue } from '../../core/values/assert-value.js';
import type { SessionDocument, SessionObject, SessionValue } from '../../core/values/values.js';
import { FrameError } from '../../errors.js';
import { toPackable } from '../packable.js';
import { type Schema, struct } from '../schema.js';

/** A session value from the bus obeys the same rules as one from an application. */
const value: Schema<SessionValue> = {
  pack: toPackable,
  read: (raw, where) => {
    try {
      assertSessionValue(raw);
    } catch (cause) {
      throw new FrameError(`${where} is not a session value`, { cause });
    }
    return raw;
  },
};

export const object: Schema<SessionObject> = {
  pack: toPackable,
  read: (raw, where) => {
    const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
    if (!isObject) throw new FrameError(`${where} is not an object`);
    return value.read(raw, where) as SessionObject;
  },
};

export const document: Schema<SessionDocument> = struct({ data: object, system: object });
