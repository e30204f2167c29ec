import { BUS_WRITE_BLOCK_BYTES } from '../limits.js';

/** Payloads from here on are passed along as they are; smaller ones are cheaper to copy. */
const PASS_ALONG_BYTES = 16_384;

/** Collects what one client is to be sent, in few large pieces. */
export class OutboundBuffer {
  #block: Buffer | undefined;
  #used = 0;
  #full: Buffer[] = [];
  #bytes = 0;

  /** Bytes not taken yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends text of one character for each byte. */
  text(text: string): void {
    const block = this.#room(text.length);
    this.#used += block.write(text, this.#used, 'latin1');
    this.#bytes += text.length;
  }

  append(payload: Uint8Array): void {
    this.#bytes += payload.byteLength;
    if (payload.byteLength >= PASS_ALONG_BYTES) {
      this.#close();
      this.#full.push(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
      return;
    }
    this.#room(payload.byteLength).set(payload, this.#used);
    this.#used += payload.byteLength;
  }

  /** Hands over everything collected. */
  take(): readonly Buffer[] {
    this.#close();
    const pieces = this.#full;
    this.#full = [];
    this.#bytes = 0;
    return pieces;
  }

  #room(bytes: number): Buffer {
    if (this.#block !== undefined && this.#used + bytes <= this.#block.length) return this.#block;
    this.#close();
    this.#block = Buffer.allocUnsafe(Math.max(BUS_WRITE_BLOCK_BYTES, bytes));
    return this.#block;
  }

  #close(): void {
    if (this.#block === undefined) return;
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    // The rest of the block is still free.
    this.#block = this.#used < this.#block.length ? this.#block.subarray(this.#used) : undefined;
    this.#used = 0;
  }
}
