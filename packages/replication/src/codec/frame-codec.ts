import { PLAIN, type WireAbilities } from '../core/membership/wire-abilities.js';
import type { Message } from '../core/messages.js';
import type { Incarnation } from '../core/record/record.js';
import { FrameError } from '../errors.js';
import { message as messageSchema } from './message-schema.js';
import { packBriefly, unpackValue } from './msgpack.js';
import { readAs, type Schema } from './schema.js';
import { COUNTER_BYTES, FrameSeals, type Keyring, sealBytes } from './seal.js';

/** The newest wire version this code writes, and all that it reads. */
export const WIRE_VERSION = 1;
/** What this code understands beyond that, one bit each; written only when all members do. */
export const WIRE_FEATURES = 0;
const LAYOUTS: ReadonlyMap<number, Schema<Message>> = new Map([[1, messageSchema]]);

const MAGIC = [0x55, 0x53]; // "US"
const HEADER_BYTES = 8;
const SEALED = 0x01;
/** The sender is named by its boot id alone: the receiver has heard its full name before. */
const SHORT_SENDER = 0x02;
const KNOWN_FLAGS = SEALED | SHORT_SENDER;
const FINGERPRINT_BYTES = 4;

const SENDER = /^[A-Za-z0-9_~-]{1,64}$/;
const BOOT = /~([A-Za-z0-9_-]{12})$/;
const BOOT_BYTES = 9;
/** Senders whose boot id is known; a heartbeat brings back who was forgotten. */
const BOOTS = 1024;

export interface Frame {
  readonly from: Incarnation;
  readonly message: Message;
}

/** How a frame is written; what is left out makes it readable for the most nodes. */
export interface FrameStyle {
  /** The one node it is for. Default: everyone. A sealed frame opens nowhere else. */
  readonly to?: Incarnation | undefined;
  /** Default: the lowest this codec has. */
  readonly version?: number | undefined;
  /** Fingerprint of the key it is sealed with. Default: the oldest, or not sealed. */
  readonly key?: number | undefined;
  /** The receiver knows this sender by its full name: name it by nine bytes. */
  readonly known?: boolean | undefined;
}

export interface FrameCodecOptions {
  /** Seals every frame, and takes no other. Default: none. */
  readonly keyring?: Keyring | undefined;
  /** While a keyring is introduced: frames that are not sealed are taken and written, too. */
  readonly acceptPlain?: boolean | undefined;
  /** The layout of each wire version. Default: all that this code knows. */
  readonly layouts?: ReadonlyMap<number, Schema<Message>> | undefined;
}

/**
 * A frame is magic, wire version, flags, a tag of the cluster's name and the sender; then, sealed or
 * not, the message as msgpack. What stands before the message has one layout in all wire versions,
 * so that a refusal can name who sent what. The tag keeps clusters on one bus apart even where their
 * subjects meet.
 */
export class FrameCodec {
  /** What this codec reads, as a heartbeat says it. */
  readonly abilities: WireAbilities;
  readonly #tag: number;
  readonly #layouts: ReadonlyMap<number, Schema<Message>>;
  readonly #seals: FrameSeals | undefined;
  readonly #keys: readonly number[];
  readonly #oldest: number;
  readonly #boots = new Map<string, Incarnation>();

  constructor(clusterName: string, options: FrameCodecOptions = {}) {
    const { keyring, acceptPlain = false, layouts = LAYOUTS } = options;
    this.#tag = tagOf(clusterName);
    this.#layouts = layouts;
    this.#seals = keyring && new FrameSeals(keyring);
    this.#keys = [...(keyring?.fingerprints ?? []), ...(acceptPlain || !keyring ? [PLAIN] : [])];
    const versions = [...layouts.keys()];
    const wire = { min: Math.min(...versions), max: Math.max(...versions) };
    this.#oldest = wire.min;
    this.abilities = { wire, features: WIRE_FEATURES, keys: this.#keys };
  }

  encode(from: Incarnation, message: Message, style: FrameStyle = {}): Uint8Array {
    const { to = '', version = this.#oldest, known = false } = style;
    const layout = this.#layouts.get(version);
    if (!layout) throw new FrameError(`wire version ${version} cannot be written`);
    const payload = packBriefly(layout, message);
    const sender = senderBytes(from, known);
    const key = style.key ?? this.#keys.at(-1) ?? PLAIN;
    const flags = (key === PLAIN ? 0 : SEALED) | (sender.short ? SHORT_SENDER : 0);
    const sealHead = key === PLAIN ? 0 : FINGERPRINT_BYTES + COUNTER_BYTES;
    const head = Buffer.allocUnsafe(HEADER_BYTES + sender.bytes.length + sealHead);
    head.set(MAGIC);
    head[2] = version;
    head[3] = flags;
    head.writeUInt32BE(this.#tag, 4);
    head.set(sender.bytes, HEADER_BYTES);
    if (key === PLAIN) return joined(head, payload);
    return joined(head, this.#seal(head, key, from, to, payload));
  }

  /**
   * Reads a frame that came for `self`, or for everyone. Throws {@link FrameError} with the reason;
   * never anything else, whatever the bytes are.
   */
  decode(bytes: Uint8Array, self: Incarnation = ''): Frame {
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const version = this.#checkHeader(frame);
    const flags = frame[3] as number;
    const { from, end } = this.#readSender(frame, (flags & SHORT_SENDER) !== 0);
    const layout = this.#layouts.get(version);
    if (!layout) throw new FrameError(this.#wrongVersion(version, from));
    const isSealed = (flags & SEALED) !== 0;
    const payload = isSealed ? this.#open(frame, end, from, self) : this.#plain(frame, end);
    const message = readAs(layout, unpackValue(payload), 'message');
    if ((flags & SHORT_SENDER) === 0) this.#introduce(from);
    return { from, message };
  }

  #checkHeader(frame: Buffer): number {
    if (frame.length < HEADER_BYTES) throw new FrameError('it is too short');
    if (frame[0] !== MAGIC[0] || frame[1] !== MAGIC[1]) throw new FrameError('it has no magic');
    if (((frame[3] as number) & ~KNOWN_FLAGS) !== 0) {
      throw new FrameError(`it has unknown flags ${frame[3]}`);
    }
    if (frame.readUInt32BE(4) !== this.#tag) throw new FrameError('it is of another cluster');
    return frame[2] as number;
  }

  #wrongVersion(version: number, from: Incarnation): string {
    const readable = [...this.#layouts.keys()].join(', ');
    return `${from} wrote wire version ${version}, this node reads ${readable}`;
  }

  #readSender(frame: Buffer, short: boolean): { readonly from: Incarnation; readonly end: number } {
    const start = short ? HEADER_BYTES : HEADER_BYTES + 1;
    const end = short ? start + BOOT_BYTES : start + (frame[HEADER_BYTES] ?? 0);
    if (end > frame.length) throw new FrameError('it names no sender');
    if (short) {
      const from = this.#boots.get(frame.toString('base64url', start, end));
      if (!from) throw new FrameError('its sender has not said its name yet');
      return { from, end };
    }
    const from = frame.toString('latin1', start, end);
    // It becomes part of a subject when it is answered.
    if (!SENDER.test(from)) throw new FrameError('it names no sender');
    return { from, end };
  }

  #plain(frame: Buffer, end: number): Uint8Array {
    if (!this.#keys.includes(PLAIN)) {
      throw new FrameError('it is not sealed, and this node has a keyring');
    }
    return frame.subarray(end);
  }

  #seal(
    head: Buffer,
    fingerprint: number,
    from: Incarnation,
    to: Incarnation,
    payload: Uint8Array,
  ): Uint8Array {
    if (!this.#seals) throw new FrameError('there is no keyring to seal it with');
    const { key, counter } = this.#seals.next(fingerprint, from, to);
    head.writeUInt32BE(fingerprint, head.length - COUNTER_BYTES - FINGERPRINT_BYTES);
    head.writeUIntBE(counter, head.length - COUNTER_BYTES, COUNTER_BYTES);
    return sealBytes(key, counter, head, payload);
  }

  #open(frame: Buffer, at: number, from: Incarnation, to: Incarnation): Uint8Array {
    if (!this.#seals) throw new FrameError('it is sealed, and this node has no keyring');
    const end = at + FINGERPRINT_BYTES + COUNTER_BYTES;
    if (end > frame.length) throw new FrameError('it is too short');
    const fingerprint = frame.readUInt32BE(at);
    const counter = frame.readUIntBE(at + FINGERPRINT_BYTES, COUNTER_BYTES);
    const head = frame.subarray(0, end);
    return this.#seals.open({ fingerprint, from, to, counter }, head, frame.subarray(end));
  }

  #introduce(from: Incarnation): void {
    const boot = BOOT.exec(from)?.[1];
    if (boot === undefined || this.#boots.has(boot)) return;
    this.#boots.set(boot, from);
    if (this.#boots.size > BOOTS) this.#boots.delete(this.#boots.keys().next().value as string);
  }
}

function senderBytes(
  from: Incarnation,
  known: boolean,
): { readonly bytes: Uint8Array; readonly short: boolean } {
  const boot = known ? BOOT.exec(from)?.[1] : undefined;
  if (boot !== undefined) return { bytes: Buffer.from(boot, 'base64url'), short: true };
  const bytes = Buffer.allocUnsafe(1 + from.length);
  bytes[0] = from.length;
  bytes.write(from, 1, 'latin1');
  return { bytes, short: false };
}

function joined(head: Uint8Array, rest: Uint8Array): Uint8Array {
  const frame = new Uint8Array(head.length + rest.length);
  frame.set(head);
  frame.set(rest, head.length);
  return frame;
}

/** FNV-1a of the cluster's name. */
function tagOf(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
