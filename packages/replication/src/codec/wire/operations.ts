import { LIMITS } from '../../core/limits.js';
import { assertOperations } from '../../core/values/assert-operations.js';
import type { Operation } from '../../core/values/operations.js';
import type { SessionValue } from '../../core/values/values.js';
import { FrameError } from '../../errors.js';
import { toPackable } from '../packable.js';
import { integer, list, number, type Schema, struct, union, writeTo } from '../schema.js';

/** Checked with the path it belongs to, which adds to its nesting. */
const unchecked: Schema<SessionValue> = { pack: toPackable, read: (raw) => raw as SessionValue };

const segment: Schema<string | number> = {
  pack: (raw) => raw,
  read: (raw, where) => {
    if (typeof raw === 'string' || Number.isSafeInteger(raw)) return raw as string | number;
    throw new FrameError(`${where} is not a path segment`);
  },
};
const path = list(segment, LIMITS.valueDepth + 2);

const operation = union('kind', {
  set: struct({ path, value: unchecked }),
  delete: struct({ path }),
  splice: struct({
    path,
    index: integer,
    deleteCount: integer,
    items: list(unchecked, 1_000_000),
  }),
  increment: struct({ path, by: number }),
});
const operationList = list(operation, LIMITS.operationsPerCommit);

export const operations: Schema<readonly Operation[]> = {
  pack: (raw) => operationList.pack(raw as never),
  write: (raw, out) => writeTo(operationList, raw as never, out),
  read: (raw, where) => {
    const read = operationList.read(raw, where) as readonly Operation[];
    try {
      assertOperations(read);
    } catch (cause) {
      throw new FrameError(`${where} are not operations`, { cause });
    }
    return read;
  },
};
