import { DIGEST_BUCKETS, ROOT_BYTES, SUMS_BYTES } from '../../core/anti-entropy/digest.js';
import { LIMITS } from '../../core/limits.js';
import { FrameError } from '../../errors.js';
import { bytes, integer, key, list, oneOf, type Schema, struct } from '../schema.js';
import { buried } from './copies.js';
import { incarnation } from './fields.js';

const copyStamp = struct({ key, epoch: integer, seq: integer, owner: incarnation });

const bucket: Schema<number> = {
  pack: (raw) => raw,
  read: (raw, where) => {
    const read = integer.read(raw, where);
    if (read >= DIGEST_BUCKETS) throw new FrameError(`${where} is not a bucket`);
    return read;
  },
};

function exactly(length: number): Schema<Uint8Array> {
  return {
    pack: (raw) => raw,
    read: (raw, where) => {
      const read = bytes.read(raw, where);
      if (read.length !== length) throw new FrameError(`${where} is not ${length} bytes`);
      return read;
    },
  };
}

/** What two nodes compare of the copies and the ends they know. */
export const antiEntropyMessages = {
  digest: struct({ copies: exactly(ROOT_BYTES), ends: exactly(ROOT_BYTES) }),
  'digest-sums': struct({ part: oneOf('copies', 'ends'), sums: exactly(SUMS_BYTES) }),
  stamps: struct({
    part: oneOf('led', 'held'),
    buckets: list(bucket, DIGEST_BUCKETS),
    stamps: list(copyStamp, LIMITS.stampsPerMessage),
  }),
  mismatched: struct({
    part: oneOf('led', 'held', 'ends'),
    keys: list(key, LIMITS.stampsPerMessage),
  }),
  ends: struct({ buried: list(buried, LIMITS.stampsPerMessage) }),
};
