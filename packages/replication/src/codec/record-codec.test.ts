import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operation } from '../../test/wire/operations.js';
import { SAMPLE_CONTENT, SAMPLE_DELTAS } from '../../test/wire/sample-records.js';
import { sessionObject } from '../../test/wire/session-values.js';
import { advanceContent, decodeCopy } from '../core/record/content.js';
import type { RecordContent } from '../core/record/record.js';
import { diff } from '../core/values/diff.js';
import { FrameError } from '../errors.js';
import { FrameCodec } from './frame-codec.js';
import { msgpackRecordCodec as codec } from './record-codec.js';

const NOW = 5000;

describe('an encoded record', () => {
  it('comes back as it was, whatever the session holds', () => {
    fc.assert(
      fc.property(sessionObject, sessionObject, (data, system) => {
        const content: RecordContent = { ...SAMPLE_CONTENT, document: { data, system } };
        const bytes = codec.encodeContent(content, 1000);
        expect(codec.decodeContent(bytes, 1000)).toStrictEqual(content);
      }),
      { numRuns: 500 },
    );
  });

  it('carries rate limits as remaining time, and none that is available again', () => {
    const rates = new Map([
      ['gone', NOW - 1],
      ['waiting', NOW + 400],
    ]);
    const bytes = codec.encodeContent({ ...SAMPLE_CONTENT, rates }, NOW);
    expect(codec.decodeContent(bytes, 90_000).rates).toEqual(new Map([['waiting', 90_400]]));
  });

  it('with the deltas behind it is what the owner has', () => {
    fc.assert(
      fc.property(sessionObject, fc.array(operation, { maxLength: 4 }), (data, operations) => {
        const safe = operations.filter(({ path }) => path.every((part) => part !== 'toString'));
        let content: RecordContent = { ...SAMPLE_CONTENT, document: { data, system: {} } };
        const base = codec.encodeContent(content, NOW);
        const tail: Uint8Array[] = [];
        for (const each of safe) {
          if (each.kind === 'increment' && !Number.isFinite(each.by)) continue;
          content = advanceContent(content, { operations: [each] }, NOW);
          tail.push(codec.encodeDelta({ operations: [each] }));
        }
        const copy = decodeCopy(codec, base, tail, NOW);
        expect(copy.document).toEqual(content.document);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it is cut off or anything else', () => {
    const whole = [
      codec.encodeContent(SAMPLE_CONTENT, 1000),
      ...SAMPLE_DELTAS.map(codec.encodeDelta),
    ];
    for (const [index, bytes] of whole.entries()) {
      const decode = index === 0 ? codec.decodeContent : codec.decodeDelta;
      for (let length = 0; length < bytes.length; length++) {
        expect(() => decode(bytes.slice(0, length), NOW)).toThrow(FrameError);
      }
    }
    expect(() => codec.decodeContent(codec.encodeDelta({ operations: [] }), NOW)).toThrow(
      FrameError,
    );
  });
});

describe('the size of a change', () => {
  it('is at most 150 bytes for one field of a session of 20 KB', () => {
    const lines = Array.from({ length: 210 }, (_, index) => ({
      sku: `article-${index}`,
      title: `The name of article number ${index} as the catalogue has it`,
      quantity: 1,
      price: 1999,
    }));
    const before = { cart: { items: lines }, preferences: { theme: 'dark' } };
    const changed = lines.map((line, index) => (index === 90 ? { ...line, quantity: 2 } : line));
    const after = { ...before, cart: { items: changed } };
    const content = { ...SAMPLE_CONTENT, document: { data: before, system: {} } };
    expect(codec.contentBytes(content, NOW)).toBeGreaterThan(20_000);

    const body = codec.encodeDelta({
      operations: diff(before, after, ['data']),
      id: { origin: 'shop-1~AbCdEfGh', counter: 123_456, watermark: 123_450 },
    });
    const frame = new FrameCodec('shop').encode('shop-1~AbCdEfGh', {
      kind: 'replicate',
      linkEpoch: 12,
      linkSeq: 123_456,
      entries: [
        {
          kind: 'delta',
          key: 'Pzrx7Ou9FBCrQX7A0nu_y100Dhd64Vm1n8hibC39kXU',
          epoch: 3,
          seq: 4711,
          idleRemainingMs: 1_799_999.25,
          body,
        },
      ],
    });
    expect(frame.length).toBeLessThanOrEqual(150);
  });
});
