import { createHmac, hash } from 'node:crypto';

/** Bytes SHA-256 takes at a time. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Longer texts, of which this package signs none, take the ordinary way. */
const MAX_TEXT_CHARACTERS = 512;
const UTF8_BYTES_PER_CHARACTER = 3;

/**
 * HMAC-SHA-256 (RFC 2104) with one key. Each write signs a route cookie, and each `Hmac` of Node is an
 * object outside of the heap that has to be collected: the two hashes it stands for cost half of it.
 */
export class Hmac {
  /** The key, padded as the inner and the outer hash begin with it, and room for what follows. */
  readonly #inner = Buffer.alloc(
    BLOCK_BYTES + UTF8_BYTES_PER_CHARACTER * MAX_TEXT_CHARACTERS,
    0x36,
  );
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c);
  /** The beginning of the first by its length: of the same few lengths again and again. */
  readonly #beginnings: Buffer[] = [];
  readonly #key: Uint8Array;

  /** `key`: at most 64 bytes; a longer one would have to be hashed first. */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK_BYTES) throw new RangeError(`an HMAC key of ${key.length} bytes`);
    this.#key = key;
    for (const [index, byte] of key.entries()) {
      this.#inner[index] = 0x36 ^ byte;
      this.#outer[index] = 0x5c ^ byte;
    }
  }

  /** The code of a text, base64url. */
  of(text: string): string {
    if (text.length > MAX_TEXT_CHARACTERS) {
      return createHmac('sha256', this.#key).update(text).digest('base64url');
    }
    const length = BLOCK_BYTES + this.#inner.write(text, BLOCK_BYTES);
    this.#beginnings[length] ??= this.#inner.subarray(0, length);
    const digest = hash('sha256', this.#beginnings[length] as Buffer, 'binary');
    // What is signed may be an id.
    this.#inner.fill(0, BLOCK_BYTES, length);
    this.#outer.write(digest, BLOCK_BYTES, 'latin1');
    return hash('sha256', this.#outer, 'base64url');
  }
}
