import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SAMPLE_CLUSTER,
  SAMPLE_MESSAGES,
  SAMPLE_SENDER,
  SAMPLES,
} from '../../test/wire/sample-messages.js';
import { LIMITS } from '../core/limits.js';
import type { Message } from '../core/messages.js';
import { FrameError } from '../errors.js';
import { FrameCodec, WIRE_VERSION } from './frame-codec.js';
import { packValue } from './msgpack.js';

const codec = new FrameCodec(SAMPLE_CLUSTER);
const HEADER_BYTES = 8 + 1 + SAMPLE_SENDER.length;

function encode(message: Message): Uint8Array {
  return codec.encode(SAMPLE_SENDER, message);
}

/** A frame with this payload in place of one that the codec would write. */
function frameOf(payload: unknown): Uint8Array {
  const header = encode({ kind: 'probe' }).slice(0, HEADER_BYTES);
  return Buffer.concat([header, packValue(payload)]);
}

/** Refused, or a frame that can be written again; anything else is a defect. */
function judge(bytes: Uint8Array): 'refused' | 'read' {
  try {
    const { from, message } = codec.decode(bytes);
    codec.encode(from, message);
    return 'read';
  } catch (error) {
    if (error instanceof FrameError) return 'refused';
    throw error;
  }
}

function patched(message: Message, offset: number, value: number): Uint8Array {
  const frame = encode(message);
  frame[offset] = value;
  return frame;
}

/** A frame whose sender is named by its boot id alone. */
function stranger(): Uint8Array {
  return codec.encode('n7~b00tb00tb00t', { kind: 'probe' }, { known: true });
}

const positionOf = (kind: Message['kind']) => Object.keys(SAMPLES).indexOf(kind);

describe('a frame', () => {
  it.each(SAMPLE_MESSAGES.map((message) => [message.kind, message] as const))(
    'comes back as it was: %s',
    (_kind, message) => {
      expect(codec.decode(encode(message))).toStrictEqual({ from: SAMPLE_SENDER, message });
    },
  );

  it('comes back from the middle of a larger buffer', () => {
    for (const message of SAMPLE_MESSAGES) {
      const frame = encode(message);
      const buffer = Buffer.concat([Buffer.alloc(13, 0x91), frame, Buffer.alloc(7, 0x91)]);
      const view = buffer.subarray(13, 13 + frame.length);
      expect(codec.decode(view)).toStrictEqual({ from: SAMPLE_SENDER, message });
    }
  });

  it('keeps nothing of the buffer it came in', () => {
    const [, replicate] = SAMPLES.replicate as readonly Message[];
    const frame = encode(replicate as Message);
    const { message } = codec.decode(frame);
    frame.fill(0);
    expect(message).toStrictEqual(replicate);
  });

  it.each([
    [
      'another cluster',
      new FrameCodec('other').encode(SAMPLE_SENDER, { kind: 'probe' }),
      /cluster/,
    ],
    ['a newer wire version', patched({ kind: 'probe' }, 2, WIRE_VERSION + 1), /wire version 2/],
    ['an older wire version', patched({ kind: 'probe' }, 2, 0), /wire version 0/],
    ['unknown flags', patched({ kind: 'probe' }, 3, 4), /flags/],
    ['no magic', patched({ kind: 'probe' }, 0, 0), /magic/],
    ['nothing', new Uint8Array(0), /short/],
    ['a header alone', encode({ kind: 'probe' }).slice(0, HEADER_BYTES), /msgpack/],
    ['no sender', encode({ kind: 'probe' }).slice(0, 8), /sender/],
    ['an empty sender', codec.encode('', { kind: 'probe' }), /sender/],
    ['a sender that is no part of a subject', codec.encode('n1.>', { kind: 'probe' }), /sender/],
    ['a sender that is too long', codec.encode('n'.repeat(65), { kind: 'probe' }), /sender/],
    ['a sender cut off', patched({ kind: 'probe' }, 8, 64), /sender/],
    ['a sender that nobody has heard of', stranger(), /not said its name/],
    ['a seal that nobody here can open', patched({ kind: 'probe' }, 3, 1), /sealed/],
    ['no message', frameOf(null), /message/],
    ['an unknown message', frameOf([99, []]), /known kind/],
    ['a name of every list as a kind', frameOf(['length', []]), /known kind/],
    [
      'a name of every list as a choice',
      frameOf([positionOf('set-state'), ['n1', 'length']]),
      /one of/,
    ],
    ['a request that is no number', frameOf([positionOf('buried'), ['1']]), /whole number/],
    ['a negative request', frameOf([positionOf('buried'), [-1]]), /whole number/],
    ['a key that is too short', frameOf([positionOf('locate'), [1, Buffer.alloc(31)]]), /key/],
    [
      'too many entries',
      frameOf([positionOf('replicate'), [1, 1, Array(LIMITS.frameEntries + 1)]]),
      /at most 64/,
    ],
  ])('is refused with %s', (_name, bytes, reason) => {
    expect(() => codec.decode(bytes)).toThrow(FrameError);
    expect(() => codec.decode(bytes)).toThrow(reason);
  });

  it('is read when a newer node appended a field, which is ignored', () => {
    const bytes = frameOf([positionOf('buried'), [3, 'new'], 'newer']);
    expect(codec.decode(bytes).message).toStrictEqual({ kind: 'buried', request: 3 });
  });

  it.each([
    ['objects', (inner: unknown) => ({ a: inner })],
    ['lists', (inner: unknown) => [inner]],
    ['maps', (inner: unknown) => new Map([[1, inner]])],
  ])('is refused when it nests %s too deeply', (_name, wrap) => {
    let data: unknown = {};
    for (let depth = 0; depth < 100; depth++) data = wrap(data);
    const [create] = SAMPLES.call.filter(({ call }) => call.kind === 'create') as [Message];
    const message = structuredClone(create) as { call: { data: unknown } };
    message.call.data = { data };
    expect(() => codec.decode(encode(message as never))).toThrow(FrameError);
  });

  it('is refused when it nests ten thousand deep', () => {
    const bytes = new Uint8Array([
      ...encode({ kind: 'probe' }).slice(0, HEADER_BYTES),
      ...Array(10_000).fill(0x91),
      0xc0,
    ]);
    expect(judge(bytes)).toBe('refused');
  });

  it('cannot reach a prototype', () => {
    const [create] = SAMPLES.call.filter(({ call }) => call.kind === 'create') as [Message];
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const message = structuredClone(create) as { call: { data: unknown } };
      message.call.data = JSON.parse(`{"a":{"${name}":{"polluted":1}}}`);
      judge(encode(message as never));
      expect('polluted' in {}).toBe(false);
    }
    const constructed = structuredClone(create) as { call: { data: unknown } };
    constructed.call.data = { constructor: 1 };
    expect(() => codec.decode(encode(constructed as never))).toThrow(FrameError);
  });
});

describe('bytes from a stranger', () => {
  it('are refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(judge(bytes)).toBe('refused');
      }),
      { numRuns: 2000 },
    );
  });

  it('are refused or read behind a proper header, and nothing else', () => {
    const header = encode({ kind: 'probe' }).slice(0, HEADER_BYTES);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        judge(Buffer.concat([header, bytes]));
      }),
      { numRuns: 5000 },
    );
  });

  it('are refused when they are a frame cut off anywhere', () => {
    for (const message of SAMPLE_MESSAGES) {
      const frame = encode(message);
      for (let length = 0; length < frame.length; length++) {
        expect(judge(frame.slice(0, length))).toBe('refused');
      }
    }
  });

  it('are refused or read when they are a frame with one bit changed, and nothing else', () => {
    for (const message of SAMPLE_MESSAGES) {
      const frame = encode(message);
      for (let offset = 0; offset < frame.length; offset++) {
        const value = frame[offset] as number;
        for (const mask of [0x01, 0x10, 0x40, 0x80, 0xff]) {
          frame[offset] = value ^ mask;
          judge(frame);
        }
        frame[offset] = value;
      }
    }
  });

  it('are refused or read when they are two frames spliced, and nothing else', () => {
    const sample = fc.constantFrom(...SAMPLE_MESSAGES);
    fc.assert(
      fc.property(sample, sample, fc.nat(), fc.nat(), (left, right, cut, join) => {
        const [head, tail] = [encode(left), encode(right)];
        judge(Buffer.concat([head.slice(0, cut % head.length), tail.slice(join % tail.length)]));
      }),
      { numRuns: 3000 },
    );
  });
});
