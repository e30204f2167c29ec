import type { Message } from '../core/messages.js';
import type { Incarnation } from '../core/record.js';
import { FrameError } from '../errors.js';
import { message as messageSchema } from './message-schema.js';
import { packValue, unpackValue } from './msgpack.js';

/** The wire version this code writes, and the oldest it reads. */
export const WIRE_VERSION = 1;
const MAGIC = [0x55, 0x53]; // "US"
const HEADER_BYTES = 8;

export interface Frame {
  readonly from: Incarnation;
  readonly message: Message;
}

/**
 * A frame is magic, wire version, flags, a tag of the cluster's name, then msgpack of the sender and
 * the message. The tag keeps clusters on one bus apart even where their subjects meet.
 */
export class FrameCodec {
  readonly #tag: number;

  constructor(clusterName: string) {
    this.#tag = tagOf(clusterName);
  }

  encode(from: Incarnation, message: Message): Uint8Array {
    const payload = packValue([from, messageSchema.pack(message)]);
    const frame = new Uint8Array(HEADER_BYTES + payload.length);
    frame[0] = MAGIC[0] as number;
    frame[1] = MAGIC[1] as number;
    frame[2] = WIRE_VERSION;
    new DataView(frame.buffer).setUint32(4, this.#tag);
    frame.set(payload, HEADER_BYTES);
    return frame;
  }

  /** Throws {@link FrameError} with the reason; never anything else, whatever the bytes are. */
  decode(frame: Uint8Array): Frame {
    if (frame.length < HEADER_BYTES) throw new FrameError('it is too short');
    if (frame[0] !== MAGIC[0] || frame[1] !== MAGIC[1]) throw new FrameError('it has no magic');
    if (frame[2] !== WIRE_VERSION) throw new FrameError(`it has wire version ${frame[2]}`);
    if (frame[3] !== 0) throw new FrameError(`it has unknown flags ${frame[3]}`);
    const tag = new DataView(frame.buffer, frame.byteOffset).getUint32(4);
    if (tag !== this.#tag) throw new FrameError('it is of another cluster');
    const payload = unpackValue(frame.subarray(HEADER_BYTES));
    if (!Array.isArray(payload) || typeof payload[0] !== 'string' || payload[0].length > 64) {
      throw new FrameError('it names no sender');
    }
    return { from: payload[0], message: messageSchema.read(payload[1], 'message') };
  }
}

/** FNV-1a of the cluster's name. */
function tagOf(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
