import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLES } from '../../test/wire/sample-messages.js';
import { message as messageSchema } from './message-schema.js';
import { packAs, packBriefly, packValue } from './msgpack.js';
import { bytes, type Schema } from './schema.js';

/** Written by the writer, value by value. */
const anything: Schema<unknown> = { pack: (value) => value, read: (raw) => raw };

const whole = fc.oneof(
  fc.integer({ min: -40, max: 140 }),
  fc.integer({ min: -40_000, max: 70_000 }),
  fc.maxSafeInteger(),
);
const scalar = fc.oneof(
  whole,
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.uint8Array({ maxLength: 300 }).map((items) => Buffer.from(items)),
  fc.uint8Array({ maxLength: 300 }),
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('the msgpack writer', () => {
  it('writes what msgpackr writes', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(Buffer.from(packAs(anything, value)).equals(packValue(value))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each([255, 256, 65_535, 65_536, 200_000])('writes %d bytes, texts and items', (length) => {
    for (const value of [
      Buffer.alloc(length, 7),
      'a'.repeat(length),
      'ä'.repeat(length),
      new Array(length).fill(1),
    ]) {
      expect(Buffer.from(packAs(anything, value)).equals(packValue(value))).toBe(true);
    }
  });

  it.each(Object.entries(SAMPLES))('writes messages as they are packed: %s', (_kind, samples) => {
    for (const sample of [samples].flat()) {
      const packed = packValue(messageSchema.pack(sample));
      expect(Buffer.from(packAs(messageSchema, sample)).equals(packed)).toBe(true);
      expect(Buffer.from(packBriefly(messageSchema, sample)).equals(packed)).toBe(true);
    }
  });

  it('starts anew after a value that could not be written', () => {
    const broken: Schema<unknown> = {
      ...anything,
      write: (_value, out) => {
        out.number(7);
        throw new Error('no');
      },
    };
    expect(() => packAs(broken, undefined)).toThrow('no');
    expect([...packAs(anything, 1)]).toEqual([1]);
  });

  it('hands out bytes that the next value does not touch', () => {
    const first = packAs(bytes, new Uint8Array([1, 2, 3]));
    const brief = packBriefly(bytes, new Uint8Array([4, 5, 6]));
    packAs(bytes, new Uint8Array([7, 8, 9]));
    expect([...first]).toEqual([0xc4, 3, 1, 2, 3]);
    expect([...brief]).toEqual([0xc4, 3, 4, 5, 6]);
  });
});
