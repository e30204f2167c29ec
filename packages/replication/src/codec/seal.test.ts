import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameError } from '../errors.js';
import { FrameCodec } from './frame-codec.js';
import { DataSealer, Keyring, type KeyringKey } from './seal.js';

const OLD = { id: 'old', secret: 'the first secret of this cluster, 2025' };
const NEW = { id: 'new', secret: new Uint8Array(32).fill(3) };
const FROM = 'n1~b00tb00tb00t';
const TO = 'n2~b00tb00tb00t';
const PROBE = { kind: 'probe' } as const;

function codecOf(keys: readonly KeyringKey[] = [OLD], cluster = 'shop'): FrameCodec {
  return new FrameCodec(cluster, { keyring: new Keyring(cluster, keys) });
}

describe('a sealed frame', () => {
  it('is read by whoever has the key, and shows nothing to others', () => {
    const message = { kind: 'witness', label: 'label-in-clear' } as const;
    const frame = codecOf().encode(FROM, message);
    expect(codecOf().decode(frame)).toEqual({ from: FROM, message });
    expect(Buffer.from(frame).includes('label-in-clear')).toBe(false);
    expect(() => new FrameCodec('shop').decode(frame)).toThrow(
      /sealed, and this node has no keyring/,
    );
  });

  it('is opened by nobody but the one it is for', () => {
    const frame = codecOf().encode(FROM, PROBE, { to: TO });
    expect(() => codecOf().decode(frame, 'n3~b00tb00tb00t')).toThrow(/seal does not hold/);
    expect(() => codecOf().decode(frame)).toThrow(/seal does not hold/);
    expect(codecOf().decode(frame, TO).message).toEqual(PROBE);
  });

  it('is opened in no other cluster that has the same secret and the same tag', () => {
    const sealed = codecOf([OLD], 'shop').encode(FROM, PROBE);
    const other = new FrameCodec('shop', { keyring: new Keyring('another', [OLD]) });
    expect(() => other.decode(sealed)).toThrow(/does not have/);
  });

  it('is refused when it comes again', () => {
    const reader = codecOf();
    const frame = codecOf().encode(FROM, PROBE, { to: TO });
    reader.decode(frame, TO);
    expect(() => reader.decode(frame, TO)).toThrow(/came again/);
  });

  it('is refused with any bit changed, and takes nothing with it', () => {
    const reader = codecOf();
    const writer = codecOf();
    writer.encode(FROM, PROBE, { to: TO });
    const frame = writer.encode(FROM, PROBE, { to: TO });
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const forged = frame.slice();
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => reader.decode(forged, TO)).toThrow(FrameError);
    }
    for (let length = 0; length < frame.length; length++) {
      expect(() => reader.decode(frame.slice(0, length), TO)).toThrow(FrameError);
    }
    expect(reader.decode(frame, TO).message).toEqual(PROBE);
  });

  it('never has the nonce of another under one key', () => {
    const writer = codecOf();
    const heads = new Set<string>();
    // More receivers than channels are kept: one that is forgotten must not begin anew.
    for (let round = 0; round < 3; round++) {
      for (let peer = 0; peer < 700; peer++) {
        const to = `n${peer}~b00tb00tb00t`;
        const frame = writer.encode(FROM, PROBE, { to });
        heads.add(`${to} ${Buffer.from(frame.slice(0, 34)).toString('hex')}`);
      }
    }
    expect(heads.size).toBe(3 * 700);
  });

  it('is sealed with the key that was asked for, and refused by whoever lacks it', () => {
    const both = codecOf([NEW, OLD]);
    const [fresh, old] = new Keyring('shop', [NEW, OLD]).fingerprints as [number, number];
    expect(() => codecOf([OLD]).decode(both.encode(FROM, PROBE, { key: fresh }))).toThrow(
      /key that this node does not have/,
    );
    expect(codecOf([OLD]).decode(both.encode(FROM, PROBE, { key: old })).from).toBe(FROM);
    expect(codecOf([OLD]).decode(both.encode(FROM, PROBE)).from).toBe(FROM);
  });

  it('is an unknown key, not a forgery, where one id means two secrets', () => {
    const frame = codecOf([{ ...OLD, secret: 'x'.repeat(32) }]).encode(FROM, PROBE);
    expect(() => codecOf([OLD]).decode(frame)).toThrow(/key that this node does not have/);
  });
});

describe('a frame that is not sealed', () => {
  it('is refused by a node with a keyring, unless it is being introduced', () => {
    const frame = new FrameCodec('shop').encode(FROM, PROBE);
    expect(() => codecOf().decode(frame)).toThrow(/not sealed, and this node has a keyring/);
    const keyring = new Keyring('shop', [OLD]);
    const migrating = new FrameCodec('shop', { keyring, acceptPlain: true });
    expect(migrating.decode(frame).from).toBe(FROM);
    expect(new FrameCodec('shop').decode(migrating.encode(FROM, PROBE)).from).toBe(FROM);
  });
});

describe('sealed data', () => {
  const keyring = new Keyring('shop', [NEW, OLD]);
  const sealer = (salt = 1) => new DataSealer(keyring, 'tier', new Uint8Array(16).fill(salt));
  const key = Buffer.from('session key');

  it('comes back, from this writer and from others', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (bytes, associated) => {
        const sealed = sealer(1).seal(bytes, associated);
        expect(new Uint8Array(sealer(2).open(sealed, associated))).toEqual(bytes);
      }),
    );
  });

  it('is refused when it was put in the place of another, for another purpose, or changed', () => {
    const sealed = sealer().seal(Buffer.from('cart'), key);
    expect(() => sealer().open(sealed, Buffer.from('another key'))).toThrow(FrameError);
    const other = new DataSealer(keyring, 'export', new Uint8Array(16));
    expect(() => other.open(sealed, key)).toThrow(FrameError);
    for (let offset = 0; offset < sealed.length; offset++) {
      const forged = sealed.slice();
      forged[offset] = (forged[offset] as number) ^ 1;
      expect(() => sealer().open(forged, key)).toThrow(FrameError);
      expect(() => sealer().open(sealed.slice(0, offset), key)).toThrow(FrameError);
    }
  });

  it('is never the same twice', () => {
    const one = sealer();
    expect(one.seal(key, key)).not.toEqual(one.seal(key, key));
  });

  it('is refused when its key was put away', () => {
    const former = new DataSealer(new Keyring('shop', [OLD]), 'tier', new Uint8Array(16));
    const sealed = former.seal(key, key);
    expect(() => sealer().open(sealed, key)).not.toThrow();
    const later = new DataSealer(new Keyring('shop', [NEW]), 'tier', new Uint8Array(16));
    expect(() => later.open(sealed, key)).toThrow(/does not have/);
  });
});
