import { UnusableResponseError } from '../errors.js';
import type { HeaderList } from '../proxy/header-list.js';
import { ChunkedDecoder } from './chunked-decoder.js';
import { parseResponseHead, type ResponseHead } from './response-head.js';

/** What a reader tells about one response, in this order. Interim responses are not told. */
export interface ResponseEvents {
  onHead(head: ResponseHead): void;
  /** `isLast`: completed by it. It may also be completed without. */
  onBody(data: Buffer, isLast: boolean): void;
  onComplete(trailers: HeaderList): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** More interim responses than any node has a reason to send. */
const MAX_INTERIM = 16;

/** Reads one final response from the bytes of a connection, whatever pieces they arrive in. */
export class ResponseReader {
  #phase: 'head' | 'body' | 'complete' = 'head';
  #head: ResponseHead | undefined;
  #pending: Buffer | undefined;
  #remaining = 0;
  #chunked: ChunkedDecoder | undefined;
  #interim = 0;

  /**
   * @param method of the request, which decides whether there is a body
   * @param allowSwitch whether a change of protocol was asked for
   */
  constructor(
    readonly method: string,
    readonly allowSwitch: boolean,
    readonly maxHeadBytes: number,
    readonly events: ResponseEvents,
  ) {}

  get complete(): boolean {
    return this.#phase === 'complete';
  }

  /**
   * Takes the next bytes; returns how many belong to the response. What is left over once it is
   * complete belongs to the new protocol after a 101, and to nobody otherwise.
   *
   * @throws UnusableResponseError
   */
  read(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#phase === 'head') at = this.#readHead(bytes, at);
    if (this.#phase === 'body' && at < bytes.length) at = this.#readBody(bytes, at);
    return at;
  }

  /**
   * The node has ended the connection: fine for a body that ends with it.
   *
   * @throws UnusableResponseError when the response is not complete.
   */
  end(): void {
    if (this.#phase === 'body' && this.#head?.framing.kind === 'close') this.#finish([]);
    if (this.#phase !== 'complete') throw new UnusableResponseError('it ends early');
  }

  #readHead(bytes: Buffer, offset: number): number {
    const former = this.#pending;
    const piece = offset === 0 ? bytes : bytes.subarray(offset);
    const all = former === undefined ? piece : Buffer.concat([former, piece]);
    const end = all.indexOf(HEAD_END);
    if ((end === -1 ? all.length : end) > this.maxHeadBytes) {
      throw new UnusableResponseError('its head is too long');
    }
    if (end === -1) {
      this.#pending = all;
      return bytes.length;
    }
    this.#pending = undefined;
    this.#onHead(parseResponseHead(all.toString('latin1', 0, end), this.method));
    return offset + end + HEAD_END.length - (former?.length ?? 0);
  }

  #onHead(head: ResponseHead): void {
    if (head.status === 101 && !this.allowSwitch) {
      throw new UnusableResponseError('a change of protocol that was not asked for');
    }
    if (head.status < 200 && head.status !== 101) {
      if (++this.#interim > MAX_INTERIM) throw new UnusableResponseError('too many interim ones');
      return;
    }
    this.#head = head;
    this.#phase = 'body';
    const { framing } = head;
    if (framing.kind === 'chunked') this.#chunked = new ChunkedDecoder(this.maxHeadBytes);
    if (framing.kind === 'length') this.#remaining = framing.bytes;
    this.events.onHead(head);
    if (framing.kind === 'none') this.#finish([]);
  }

  #readBody(bytes: Buffer, offset: number): number {
    switch (this.#head?.framing.kind) {
      case 'length': {
        const end = Math.min(bytes.length, offset + this.#remaining);
        this.#remaining -= end - offset;
        const isWhole = offset === 0 && end === bytes.length;
        const isLast = this.#remaining === 0;
        this.events.onBody(isWhole ? bytes : bytes.subarray(offset, end), isLast);
        if (isLast) this.#finish([]);
        return end;
      }
      case 'chunked': {
        const decoder = this.#chunked as ChunkedDecoder;
        const end = decoder.decode(bytes, offset, (data) => {
          this.events.onBody(data, false);
        });
        if (decoder.done) this.#finish(decoder.trailers);
        return end;
      }
      default:
        this.events.onBody(offset === 0 ? bytes : bytes.subarray(offset), false);
        return bytes.length;
    }
  }

  #finish(trailers: HeaderList): void {
    this.#phase = 'complete';
    this.events.onComplete(trailers);
  }
}
