import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { FrameError } from '../errors.js';

/** Smaller ones gain less than they cost: 20 µs for 2 KB. A delta is never compressed. */
export const COMPRESS_ABOVE_BYTES = 4096;

/**
 * What no msgpack begins with, so that a reader which cannot expand refuses; then the method and the
 * size of what comes out.
 */
const MARK = 0xc1;
const DEFLATE_RAW = 1;
const HEAD_BYTES = 6;

/** Level 1: as good as any other here, and the fastest (zstd is not in every Node we run on). */
export function compress(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= COMPRESS_ABOVE_BYTES) return bytes;
  const packed = deflateRawSync(bytes, { level: 1 });
  if (HEAD_BYTES + packed.length >= bytes.length) return bytes;
  const result = new Uint8Array(HEAD_BYTES + packed.length);
  result[0] = MARK;
  result[1] = DEFLATE_RAW;
  new DataView(result.buffer).setUint32(2, bytes.length);
  result.set(packed, HEAD_BYTES);
  return result;
}

/** Throws {@link FrameError} instead of expanding to more than `maxBytes`. */
export function expand(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes[0] !== MARK) return bytes;
  if (bytes.length <= HEAD_BYTES || bytes[1] !== DEFLATE_RAW) {
    throw new FrameError('it is compressed in an unknown way');
  }
  const size = expandedBytes(bytes);
  if (size === 0 || size > maxBytes) {
    throw new FrameError(`it would expand to ${size} bytes, at most ${maxBytes} are taken`);
  }
  let expanded: Uint8Array;
  try {
    // What it announces is the bound, so that a lie costs no more than the truth.
    expanded = inflateRawSync(bytes.subarray(HEAD_BYTES), { maxOutputLength: size });
  } catch (cause) {
    throw new FrameError('it cannot be expanded', { cause });
  }
  if (expanded.length !== size) throw new FrameError('it expands to another size than announced');
  return expanded;
}

/** What it takes when it is expanded, as it announces itself. */
export function expandedBytes(bytes: Uint8Array): number {
  if (bytes[0] !== MARK || bytes.length < HEAD_BYTES) return bytes.length;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(2);
}
