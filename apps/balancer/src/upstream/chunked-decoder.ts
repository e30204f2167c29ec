import { UnusableResponseError } from '../errors.js';
import type { HeaderList } from '../proxy/header-list.js';
import { parseTrailers } from './trailers.js';

const CR = 13;
const LF = 10;
const SIZE_LINE = /^([0-9A-Fa-f]{1,12})(?:[\t ]*;[^\r\n]*)?$/;
const MAX_SIZE_LINE_BYTES = 256;

/**
 * Takes the chunked coding off a body. Bytes go in as they arrive and come out through `onData`;
 * chunk extensions are dropped.
 *
 * Source: RFC 9112 §7.1.
 */
export class ChunkedDecoder {
  #phase: 'size' | 'data' | 'data-end' | 'trailers' | 'done' = 'size';
  #remaining = 0;
  #line = '';
  #trailers = '';

  constructor(readonly maxTrailerBytes: number) {}

  get done(): boolean {
    return this.#phase === 'done';
  }

  /** The trailer fields, once done. */
  get trailers(): HeaderList {
    return parseTrailers(this.#trailers);
  }

  /**
   * Decodes from `offset` on; returns where it stopped: at the end of the chunk, or behind the
   * body.
   *
   * @throws UnusableResponseError
   */
  decode(bytes: Buffer, offset: number, onData: (data: Buffer) => void): number {
    let at = offset;
    while (at < bytes.length && this.#phase !== 'done') {
      if (this.#phase === 'data') at = this.#takeData(bytes, at, onData);
      else at = this.#takeLine(bytes, at);
    }
    return at;
  }

  #takeData(bytes: Buffer, at: number, onData: (data: Buffer) => void): number {
    const end = Math.min(bytes.length, at + this.#remaining);
    this.#remaining -= end - at;
    if (this.#remaining === 0) this.#phase = 'data-end';
    onData(bytes.subarray(at, end));
    return end;
  }

  #takeLine(bytes: Buffer, at: number): number {
    const lineFeed = bytes.indexOf(LF, at);
    const end = lineFeed === -1 ? bytes.length : lineFeed;
    this.#line += bytes.toString('latin1', at, end);
    const limit = this.#phase === 'trailers' ? this.maxTrailerBytes : MAX_SIZE_LINE_BYTES;
    if (this.#line.length > limit) throw new UnusableResponseError('a chunk line is too long');
    if (lineFeed === -1) return end;
    if (this.#line.charCodeAt(this.#line.length - 1) !== CR) {
      throw new UnusableResponseError('a chunk line ends without CR');
    }
    const line = this.#line.slice(0, -1);
    this.#line = '';
    this.#onLine(line);
    return lineFeed + 1;
  }

  #onLine(line: string): void {
    if (this.#phase === 'size') {
      const match = SIZE_LINE.exec(line);
      if (match === null) throw new UnusableResponseError('malformed chunk size');
      this.#remaining = Number.parseInt(match[1] as string, 16);
      this.#phase = this.#remaining === 0 ? 'trailers' : 'data';
    } else if (this.#phase === 'data-end') {
      if (line !== '') throw new UnusableResponseError('a chunk is longer than its size');
      this.#phase = 'size';
    } else if (line === '') {
      this.#phase = 'done';
    } else {
      this.#trailers += `${line}\r\n`;
      if (this.#trailers.length > this.maxTrailerBytes) {
        throw new UnusableResponseError('the trailers are too long');
      }
    }
  }
}
