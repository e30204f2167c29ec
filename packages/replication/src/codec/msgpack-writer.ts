const FIRST_BYTES = 64 * 1024;
/** The longest header of anything. */
const HEADER_BYTES = 9;

/**
 * Writes msgpack into one buffer that is used again and again. What schemas lay out is written here
 * directly, without the arrays and byte views that a packer would have to be given first; everything
 * else is left to `packOther`. The bytes are those of msgpackr.
 */
export class MsgpackWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  constructor(private readonly packOther: (value: unknown) => Uint8Array) {}

  /** Forgets what was written. */
  start(): void {
    this.#at = 0;
  }

  /** A copy of what was written since `start`, in memory of its own. */
  taken(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  /** As `taken`, in memory shared with other small ones: for what is soon sent and forgotten. */
  takenBriefly(): Uint8Array {
    const copy = Buffer.allocUnsafe(this.#at);
    this.#bytes.copy(copy, 0, 0, this.#at);
    return copy;
  }

  /** The header of a list; its items follow. */
  list(length: number): void {
    this.#reserve(HEADER_BYTES);
    const bytes = this.#bytes;
    if (length < 0x10) bytes[this.#at++] = 0x90 | length;
    else if (length < 0x10000) {
      bytes[this.#at++] = 0xdc;
      this.#at = bytes.writeUInt16BE(length, this.#at);
    } else {
      bytes[this.#at++] = 0xdd;
      this.#at = bytes.writeUInt32BE(length, this.#at);
    }
  }

  nothing(): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = 0xc0;
  }

  flag(value: boolean): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value ? 0xc3 : 0xc2;
  }

  number(value: number): void {
    this.#reserve(HEADER_BYTES);
    const bytes = this.#bytes;
    if (value >>> 0 !== value) this.#signed(value);
    else if (value < 0x80) bytes[this.#at++] = value;
    else if (value < 0x100) {
      bytes[this.#at++] = 0xcc;
      bytes[this.#at++] = value;
    } else if (value < 0x10000) {
      bytes[this.#at++] = 0xcd;
      this.#at = bytes.writeUInt16BE(value, this.#at);
    } else {
      bytes[this.#at++] = 0xce;
      this.#at = bytes.writeUInt32BE(value, this.#at);
    }
  }

  text(value: string): void {
    const { length } = value;
    // Short names and ids; a loop over them beats a call into the runtime.
    if (length >= 0x40 || !this.#ascii(value)) this.#append(this.packOther(value));
  }

  binary(value: Uint8Array): void {
    this.#binaryHeader(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Bytes that are base64url in memory. */
  binaryOf(base64url: string, length: number): void {
    this.#binaryHeader(length);
    this.#at += this.#bytes.write(base64url, this.#at, length, 'base64url');
  }

  /** Anything. */
  value(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return;
      case 'string':
        this.text(value);
        return;
      case 'boolean':
        this.flag(value);
        return;
    }
    if (value === null) this.nothing();
    else if (Array.isArray(value)) {
      this.list(value.length);
      for (const item of value) this.value(item);
    } else if (Buffer.isBuffer(value)) this.binary(value);
    else this.#append(this.packOther(value));
  }

  #signed(value: number): void {
    const bytes = this.#bytes;
    if (value >> 0 !== value) {
      bytes[this.#at++] = 0xcb;
      this.#at = bytes.writeDoubleBE(value, this.#at);
    } else if (value >= -0x20) bytes[this.#at++] = 0x100 + value;
    else if (value >= -0x80) {
      bytes[this.#at++] = 0xd0;
      bytes[this.#at++] = 0x100 + value;
    } else if (value >= -0x8000) {
      bytes[this.#at++] = 0xd1;
      this.#at = bytes.writeInt16BE(value, this.#at);
    } else {
      bytes[this.#at++] = 0xd2;
      this.#at = bytes.writeInt32BE(value, this.#at);
    }
  }

  /** False, with nothing written, when the text has any other character. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    const header = length < 0x20 ? 1 : 2;
    const start = this.#at + header;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      bytes[start + index] = code;
    }
    if (header === 1) bytes[this.#at] = 0xa0 | length;
    else {
      bytes[this.#at] = 0xd9;
      bytes[this.#at + 1] = length;
    }
    this.#at = start + length;
    return true;
  }

  #binaryHeader(length: number): void {
    this.#reserve(HEADER_BYTES + length);
    const bytes = this.#bytes;
    if (length < 0x100) {
      bytes[this.#at++] = 0xc4;
      bytes[this.#at++] = length;
    } else if (length < 0x10000) {
      bytes[this.#at++] = 0xc5;
      this.#at = bytes.writeUInt16BE(length, this.#at);
    } else {
      bytes[this.#at++] = 0xc6;
      this.#at = bytes.writeUInt32BE(length, this.#at);
    }
  }

  #append(packed: Uint8Array): void {
    this.#reserve(packed.length);
    this.#bytes.set(packed, this.#at);
    this.#at += packed.length;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
