import { Packr } from 'msgpackr';
import { FrameError } from '../errors.js';
import { MsgpackWriter } from './msgpack-writer.js';
import { type Schema, writeTo } from './schema.js';

/**
 * Self-contained msgpack: no shared structures, because a copy must be readable without the node
 * that wrote it, which is dead when the copy matters. `moreTypes` carries Map and Set.
 */
const packr = new Packr({
  useRecords: false,
  moreTypes: true,
  useBigIntExtension: true,
  variableMapSize: true,
  mapsAsObjects: true,
});

/** Encodes plain values; the result owns its memory. */
export function packValue(value: unknown): Uint8Array {
  const packed = packr.pack(value);
  return new Uint8Array(packed);
}

const writer = new MsgpackWriter((value) => packr.pack(value));

/** Encodes a value as its schema lays it out; the result owns its memory. */
export function packAs<T>(schema: Schema<T>, value: T): Uint8Array {
  writer.start();
  writeTo(schema, value, writer);
  return writer.taken();
}

/**
 * As {@link packAs}, for bytes that are soon sent and forgotten: they share their memory with others,
 * all of which stays as long as any of them does.
 */
export function packBriefly<T>(schema: Schema<T>, value: T): Uint8Array {
  writer.start();
  writeTo(schema, value, writer);
  return writer.takenBriefly();
}

/** Throws {@link FrameError} on anything that is not one whole msgpack value. */
export function unpackValue(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes as Buffer);
  } catch (cause) {
    throw new FrameError('the payload is not msgpack', { cause });
  }
}
