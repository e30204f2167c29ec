import type { EncodedCopy } from '../core/messages.js';
import type { Version } from '../core/record/version.js';
import { FrameError } from '../errors.js';
import { packValue, unpackValue } from './msgpack.js';
import { bytes, number, struct, text } from './schema.js';

/** In front of every value, so that a later layout can be told from this one. */
const LAYOUT = 1;

/** Appended only, as on the wire: tiers outlive releases. */
const schema = struct({
  owner: text(64),
  idleRemainingMs: number,
  absoluteRemainingMs: number,
  content: bytes,
});

/** A record as a tier keeps it. Its version is beside it, where the tier can compare it. */
export function encodeTierValue(copy: EncodedCopy): Uint8Array {
  const { owner, idleRemainingMs, absoluteRemainingMs, base } = copy;
  const packed = packValue(
    schema.pack({
      owner,
      idleRemainingMs: Math.ceil(idleRemainingMs),
      absoluteRemainingMs: Math.ceil(absoluteRemainingMs),
      content: base,
    }),
  );
  const value = new Uint8Array(packed.length + 1);
  value[0] = LAYOUT;
  value.set(packed, 1);
  return value;
}

/** Time went on while it was kept. Throws `FrameError` on bytes of another layout. */
export function decodeTierValue(value: Uint8Array, version: Version, ageMs: number): EncodedCopy {
  if (value[0] !== LAYOUT) throw new FrameError(`the tier holds layout ${value[0]}`);
  const read = schema.read(unpackValue(value.subarray(1)), 'tier');
  return {
    ...version,
    owner: read.owner,
    backups: [],
    base: read.content,
    tail: [],
    idleRemainingMs: read.idleRemainingMs - ageMs,
    absoluteRemainingMs: read.absoluteRemainingMs - ageMs,
  };
}
