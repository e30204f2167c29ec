import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FrameCodec, WIRE_VERSION } from '../../src/codec/frame-codec.js';
import { msgpackRecordCodec } from '../../src/codec/record-codec.js';
import { Keyring } from '../../src/codec/seal.js';
import type { Message } from '../../src/core/messages.js';
import { APPENDED } from './sample-appended.js';
import { SAMPLE_CLUSTER, SAMPLE_KEYS, SAMPLE_SENDER, SAMPLES } from './sample-messages.js';
import { SAMPLE_APART, SAMPLE_CONTENT, SAMPLE_DELTAS, SAMPLE_LARGE } from './sample-records.js';

const codec = new FrameCodec(SAMPLE_CLUSTER);
const FOLDER = new URL(`golden/v${WIRE_VERSION}/`, import.meta.url);

/**
 * One frame a line, as hex. They were written when the wire version was: nodes of that time are out
 * there. A file is never written over; a missing one is made with WRITE_GOLDEN=1.
 */
function golden(name: string, encode: () => Uint8Array[]): Uint8Array[] {
  const file = new URL(`${name}.hex`, FOLDER);
  if (!existsSync(file) && process.env.WRITE_GOLDEN === '1') {
    const lines = encode().map((frame) => Buffer.from(frame).toString('hex'));
    writeFileSync(file, `${lines.join('\n')}\n`);
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => new Uint8Array(Buffer.from(line, 'hex')));
}

const ALL: readonly (readonly [string, readonly Message[]])[] = [
  ...Object.entries(SAMPLES),
  ...Object.entries(APPENDED),
];

describe(`what was written as wire version ${WIRE_VERSION}`, () => {
  it.each(ALL)('is read as it was meant: %s', (kind, messages) => {
    const frames = golden(kind, () => messages.map((each) => codec.encode(SAMPLE_SENDER, each)));
    const read = frames.map((frame) => codec.decode(frame));
    expect(read).toStrictEqual(messages.map((message) => ({ from: SAMPLE_SENDER, message })));
  });

  it.each(ALL)('is still written so: %s', (kind, messages) => {
    const frames = golden(kind, () => []);
    // A field appended for optional use changes this expectation, never the file.
    expect(messages.map((each) => codec.encode(SAMPLE_SENDER, each))).toEqual(frames);
  });

  it('is read as it was meant, and still written so: sealed frames', () => {
    const keyring = new Keyring(SAMPLE_CLUSTER, SAMPLE_KEYS);
    const to = 'n2~b00tb00tb00t';
    const from = 'n1~b00tb00tb00t';
    const [key] = keyring.fingerprints;
    const encode = () => {
      const writer = new FrameCodec(SAMPLE_CLUSTER, { keyring });
      return [
        writer.encode(from, { kind: 'probe' }),
        writer.encode(from, { kind: 'probe' }, { key }),
        writer.encode(from, { kind: 'probe' }, { key, to, known: true }),
        writer.encode(from, { kind: 'alive' }, { key, to, known: true }),
      ];
    };
    const [toAll, toAllNew, first, second] = golden('sealed', encode) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const reader = new FrameCodec(SAMPLE_CLUSTER, { keyring });
    expect(reader.decode(toAll)).toEqual({ from, message: { kind: 'probe' } });
    expect(reader.decode(toAllNew)).toEqual({ from, message: { kind: 'probe' } });
    expect(reader.decode(second, to)).toEqual({ from, message: { kind: 'alive' } });
    expect(reader.decode(first, to)).toEqual({ from, message: { kind: 'probe' } });
    expect(encode()).toEqual([toAll, toAllNew, first, second]);
  });

  it('is read as it was meant: a record and its deltas', () => {
    const { encodeContent, encodeDelta, decodeContent, decodeDelta } = msgpackRecordCodec;
    // Only read: another zlib may find other, as good bytes.
    const [large] = golden('record-compressed', () => [encodeContent(SAMPLE_LARGE, 1000)]);
    expect(decodeContent(large as Uint8Array, 1000)).toStrictEqual(SAMPLE_LARGE);
    const [apart] = golden('record-apart', () => [encodeContent(SAMPLE_APART, 1000)]);
    expect(decodeContent(apart as Uint8Array, 1000)).toStrictEqual(SAMPLE_APART);
    const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
    expect(hex(encodeContent(SAMPLE_APART, 1000))).toBe(hex(apart));
    const [content, ...deltas] = golden('record', () => [
      encodeContent(SAMPLE_CONTENT, 1000),
      ...SAMPLE_DELTAS.map(encodeDelta),
    ]);
    expect(decodeContent(content as Uint8Array, 1000)).toStrictEqual(SAMPLE_CONTENT);
    expect(deltas.map(decodeDelta)).toStrictEqual(SAMPLE_DELTAS);
  });
});
