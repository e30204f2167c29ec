import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { FrameError, InternalError } from '../errors.js';
import { ReplayWindow } from './replay-window.js';

// The only file of the codec that uses node:crypto, and only what is a function of its input: keys,
// nonces and salts come from outside or are counted, so a run can still be replayed.

export interface KeyringKey {
  /** For people: in logs and in the order of a rotation. */
  readonly id: string;
  /** At least 32 bytes, or text of at least 32 characters. The same on all nodes. */
  readonly secret: string | Uint8Array;
}

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
export const COUNTER_BYTES = 6;
const MAX_COUNTER = 2 ** 48;
/** Channels kept: two directions, everyone's broadcasts and two keys for the most members there are. */
const CHANNELS = 512;
/** How often a channel in use is noted as such, in frames. */
const FRESHEN_EVERY = 256;

/**
 * The keys of a cluster, newest first. Each secret becomes a key of its own for this cluster's name,
 * and a fingerprint by which frames and heartbeats name it: two nodes that mean different secrets by
 * one id see an unknown key, not a forgery.
 */
export class Keyring {
  readonly fingerprints: readonly number[];
  readonly #masters: ReadonlyMap<number, KeyObject>;

  constructor(clusterName: string, keys: readonly KeyringKey[]) {
    const salt = `understudy\0${clusterName}`;
    this.#masters = new Map(
      keys.map(({ id, secret }) => {
        const print = Buffer.from(hkdfSync('sha256', secret, salt, `fingerprint\0${id}`, 4));
        const master = hkdfSync('sha256', secret, salt, `master\0${id}`, 32);
        // Zero says that a frame is not sealed.
        return [print.readUInt32BE() || 1, createSecretKey(new Uint8Array(master))] as const;
      }),
    );
    this.fingerprints = [...this.#masters.keys()];
  }

  /** A key for one purpose alone; undefined when this keyring has no key of that fingerprint. */
  derive(
    fingerprint: number,
    purpose: string,
    salt: Uint8Array | string = '',
  ): KeyObject | undefined {
    const master = this.#masters.get(fingerprint);
    if (!master) return undefined;
    return createSecretKey(new Uint8Array(hkdfSync('sha256', master, salt, purpose, 32)));
  }
}

interface OutChannel {
  readonly key: KeyObject;
  counter: number;
}

interface InChannel {
  readonly key: KeyObject;
  readonly window: ReplayWindow;
}

/**
 * Seals frames by channel: one key for each sender, receiver (or everyone) and cluster key, and a
 * counter as nonce. A process never uses a number twice in a channel, and another process has other
 * channels, because an incarnation has 72 random bits; so no nonce is ever used twice under a key,
 * and there is no bound of 2^32 frames as with random nonces. A frame that was recorded opens at no
 * other node, in no other cluster, and not twice.
 */
export class FrameSeals {
  readonly #out = new Map<string, OutChannel>();
  readonly #in = new Map<string, InChannel>();
  /** Above every number that was used in a channel which is forgotten. */
  #floor = 0;

  constructor(private readonly keyring: Keyring) {}

  /** The number of the next frame; throws when this keyring lacks the key. */
  next(
    fingerprint: number,
    from: string,
    to: string,
  ): { readonly key: KeyObject; readonly counter: number } {
    const name = channelName(fingerprint, from, to);
    let channel = this.#out.get(name);
    if (!channel) {
      const key = this.keyring.derive(fingerprint, purpose(from, to));
      if (!key) throw new InternalError('no such key to seal with');
      channel = { key, counter: this.#floor };
      this.#out.set(name, channel);
      this.#forgetOldestOut();
    }
    const { key, counter } = channel;
    if (counter >= MAX_COUNTER) throw new InternalError('this channel has no numbers left');
    channel.counter++;
    return { key, counter };
  }

  /** What was sealed; throws {@link FrameError} when it is forged, unknown or was here before. */
  open(
    frame: {
      readonly fingerprint: number;
      readonly from: string;
      readonly to: string;
      readonly counter: number;
    },
    head: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array {
    const { fingerprint, from, to, counter } = frame;
    const name = channelName(fingerprint, from, to);
    const known = this.#in.get(name);
    const key = known?.key ?? this.keyring.derive(fingerprint, purpose(from, to));
    if (!key) throw new FrameError('it is sealed with a key that this node does not have');
    const plain = openBytes(key, counter, head, sealed);
    if (!plain) throw new FrameError('its seal does not hold');
    // Remembered only now: a forger must not fill this table.
    const channel = known ?? { key, window: new ReplayWindow() };
    const verdict = channel.window.accept(counter);
    if (verdict !== 'new') throw new FrameError(`it was sealed once and came again (${verdict})`);
    if (!known || counter % FRESHEN_EVERY === 0) this.#keep(name, channel);
    return plain;
  }

  #keep(name: string, channel: InChannel): void {
    this.#in.delete(name);
    this.#in.set(name, channel);
    if (this.#in.size > CHANNELS) this.#in.delete(this.#in.keys().next().value as string);
  }

  #forgetOldestOut(): void {
    if (this.#out.size <= CHANNELS) return;
    const [name, { counter }] = this.#out.entries().next().value as [string, OutChannel];
    this.#out.delete(name);
    this.#floor = Math.max(this.#floor, counter);
  }
}

/** Seals what leaves the cluster, such as the records of a tier. */
export interface Sealer {
  /** `associated` is not part of the result but must be given again to open it: a key, a version. */
  seal(bytes: Uint8Array, associated: Uint8Array): Uint8Array;
  /** Throws {@link FrameError} when it was not sealed so, or with a key that is gone. */
  open(sealed: Uint8Array, associated: Uint8Array): Uint8Array;
}

const SALT_BYTES = 16;
const SEAL_VERSION = 1;
/** Version, fingerprint, salt, counter. */
const SEAL_HEAD_BYTES = 1 + 4 + SALT_BYTES + COUNTER_BYTES;
/** Keys of other writers kept at hand. */
const WRITERS = 256;

/**
 * A {@link Sealer} whose every instance has a random salt, and so a key of its own: its nonces are
 * counted and can meet nobody else's. `chooseKey` says with which key of the ring to seal.
 */
export class DataSealer implements Sealer {
  readonly #keys = new Map<string, KeyObject>();
  #counter = 0;

  constructor(
    private readonly keyring: Keyring,
    private readonly purpose: string,
    /** 16 random bytes, new for each instance. */
    private readonly salt: Uint8Array,
    private readonly chooseKey: () => number = () => keyring.fingerprints[0] as number,
  ) {}

  seal(bytes: Uint8Array, associated: Uint8Array): Uint8Array {
    const fingerprint = this.chooseKey();
    const key = this.#keyOf(fingerprint, this.salt);
    if (!key) throw new InternalError('no such key to seal with');
    const head = Buffer.alloc(SEAL_HEAD_BYTES);
    head[0] = SEAL_VERSION;
    head.writeUInt32BE(fingerprint, 1);
    head.set(this.salt, 5);
    const counter = this.#counter++;
    head.writeUIntBE(counter, 5 + SALT_BYTES, COUNTER_BYTES);
    const sealed = sealBytes(key, counter, Buffer.concat([head, associated]), bytes);
    return new Uint8Array(Buffer.concat([head, sealed]));
  }

  open(sealed: Uint8Array, associated: Uint8Array): Uint8Array {
    if (sealed.length < SEAL_HEAD_BYTES + TAG_BYTES || sealed[0] !== SEAL_VERSION) {
      throw new FrameError('it is not sealed');
    }
    const head = Buffer.from(sealed.buffer, sealed.byteOffset, SEAL_HEAD_BYTES);
    const key = this.#keyOf(head.readUInt32BE(1), head.subarray(5, 5 + SALT_BYTES));
    if (!key) throw new FrameError('it is sealed with a key that this node does not have');
    const counter = head.readUIntBE(5 + SALT_BYTES, COUNTER_BYTES);
    const aad = Buffer.concat([head, associated]);
    const plain = openBytes(key, counter, aad, sealed.subarray(SEAL_HEAD_BYTES));
    if (!plain) throw new FrameError('its seal does not hold');
    return plain;
  }

  #keyOf(fingerprint: number, salt: Uint8Array): KeyObject | undefined {
    const name = `${fingerprint} ${Buffer.from(salt).toString('base64')}`;
    const known = this.#keys.get(name);
    if (known) return known;
    const key = this.keyring.derive(fingerprint, `data\0${this.purpose}`, salt);
    if (!key) return undefined;
    if (this.#keys.size >= WRITERS) this.#keys.delete(this.#keys.keys().next().value as string);
    this.#keys.set(name, key);
    return key;
  }
}

/** Encrypts under a number that was never used with this key; the result ends with the seal. */
export function sealBytes(
  key: KeyObject,
  counter: number,
  associated: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonceOf(counter));
  cipher.setAAD(associated);
  const start = cipher.update(plain);
  return Buffer.concat([start, cipher.final(), cipher.getAuthTag()]);
}

function openBytes(
  key: KeyObject,
  counter: number,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonceOf(counter), { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain;
}

function nonceOf(counter: number): Uint8Array {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(counter, NONCE_BYTES - COUNTER_BYTES, COUNTER_BYTES);
  return nonce;
}

function channelName(fingerprint: number, from: string, to: string): string {
  return `${fingerprint} ${from} ${to}`;
}

function purpose(from: string, to: string): string {
  return `frame\0${from}\0${to}`;
}
