import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CONTENT, SAMPLE_LARGE } from '../../test/wire/sample-records.js';
import { FrameError } from '../errors.js';
import { COMPRESS_ABOVE_BYTES, compress, expand, expandedBytes } from './compress.js';
import { recordCodec } from './record-codec.js';

const MAX = 1024 * 1024;

/** As a stranger would make it: it announces what it likes. */
function bomb(bytes: number, announced = bytes): Uint8Array {
  const head = Buffer.from([0xc1, 1, 0, 0, 0, 0]);
  head.writeUInt32BE(announced, 2);
  return Buffer.concat([head, deflateRawSync(Buffer.alloc(bytes))]);
}

describe('compressed bytes', () => {
  it('come back as they were, and are not larger', () => {
    const repeated = fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 900 }))
      .map(([part, times]) => new Uint8Array(Buffer.concat(Array(times).fill(part))));
    fc.assert(
      fc.property(fc.oneof(repeated, fc.uint8Array({ maxLength: 9000 })), (bytes) => {
        // No encoded record begins like a compressed one.
        if (bytes[0] === 0xc1) return;
        const compressed = compress(bytes);
        expect(compressed.length).toBeLessThanOrEqual(bytes.length);
        expect(expandedBytes(compressed)).toBe(bytes.length);
        expect(new Uint8Array(expand(compressed, MAX))).toEqual(bytes);
      }),
    );
  });

  it('are left as they are up to four kilobytes, and where nothing is gained', () => {
    const small = new Uint8Array(COMPRESS_ABOVE_BYTES);
    expect(compress(small)).toBe(small);
    expect(compress(new Uint8Array(COMPRESS_ABOVE_BYTES + 1)).length).toBeLessThan(100);
  });

  it.each([
    ['expand to more than is taken', bomb(MAX + 1), /would expand to 1048577 bytes/],
    ['expand to more than they announce', bomb(100 * MAX, 1000), /cannot be expanded/],
    ['expand to less', bomb(1000, 1001), /another size/],
    ['announce nothing', bomb(1000, 0), /would expand to 0/],
    ['end after their head', bomb(1000).slice(0, 6), /unknown way/],
    ['end early', bomb(100_000).slice(0, 50), /cannot be expanded/],
    ['are of an unknown method', bomb(1000).fill(2, 1, 2), /unknown way/],
  ])('are refused when they %s', (_name, bytes, reason) => {
    expect(() => expand(bytes, MAX)).toThrow(FrameError);
    expect(() => expand(bytes, MAX)).toThrow(reason);
  });
});

describe('an encoded record', () => {
  const codec = recordCodec(MAX);

  it('is compressed when it is large, and counts with its full size', () => {
    const encoded = codec.encodeContent(SAMPLE_LARGE, 1000);
    const bytes = codec.contentBytes(SAMPLE_LARGE, 1000);
    expect(bytes).toBeGreaterThan(COMPRESS_ABOVE_BYTES);
    expect(encoded.length).toBeLessThan(bytes / 2);
    expect(codec.expandedBytes(encoded)).toBe(bytes);
    expect(codec.decodeContent(encoded, 1000)).toStrictEqual(SAMPLE_LARGE);
  });

  it('is not when it is small', () => {
    const encoded = codec.encodeContent(SAMPLE_CONTENT, 1000);
    expect(codec.expandedBytes(encoded)).toBe(encoded.length);
  });

  it('is refused by a reader that takes less than it expands to', () => {
    const encoded = codec.encodeContent(SAMPLE_LARGE, 1000);
    const bytes = codec.contentBytes(SAMPLE_LARGE, 1000);
    expect(() => recordCodec(bytes - 1).decodeContent(encoded, 1000)).toThrow(/would expand/);
    expect(recordCodec(bytes).decodeContent(encoded, 1000)).toStrictEqual(SAMPLE_LARGE);
  });
});
