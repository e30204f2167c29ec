import { Readable } from 'node:stream';
import { BodyLostError } from '../errors.js';
import { BodyPace } from './body-pace.js';
import type { RefusedRequest } from './inspect-request.js';

export interface RequestBodyOptions {
  readonly source: Readable;
  /** Bytes kept for sending the body again. */
  readonly keepBytes: number;
  /** Bytes the body may have. */
  readonly maxBytes: number;
  /** Silence allowed while the client is read, in ms. */
  readonly idleMs: number;
  readonly minBytesPerSecond: number;
  /** A clock that never goes back, in ms. */
  readonly now: () => number;
  /** The body exceeds a bound. Called once; nothing more is read of it. */
  readonly onRefused: (refused: RefusedRequest) => void;
}

/**
 * The body of a client's request, which can be sent more than once as long as no byte that was
 * taken from the client had to be dropped. Up to `keepBytes` are kept; a larger body is passed on
 * as it comes and can then be sent once only, unless nobody had begun to read it.
 */
export class RequestBody {
  readonly #options: RequestBodyOptions;
  readonly #source: Readable;
  readonly #pace: BodyPace;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;
  #dropped = false;
  #ended = false;
  #lost = false;
  #reader: Readable | undefined;
  #attached = false;
  #silence: NodeJS.Timeout | undefined;
  /** Whoever waits for the beginning of the body. */
  #onHeld: (() => void) | undefined;

  constructor(options: RequestBodyOptions) {
    this.#options = options;
    this.#source = options.source;
    const { idleMs: graceMs, minBytesPerSecond } = options;
    this.#pace = new BodyPace({ graceMs, minBytesPerSecond });
  }

  /** Whether another reader would see every byte. */
  get replayable(): boolean {
    return !this.#dropped;
  }

  /** Whether the client has sent everything. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Reads the whole body. For bodies that announce at most `keepBytes`: the node then gets them in
   * one piece and is never held up by a slow client. Rejects with `BodyLostError`.
   */
  collect(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const reader = this.open();
      const chunks: Buffer[] = [];
      reader.on('data', (chunk: Buffer) => chunks.push(chunk));
      reader.once('end', () =>
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
      );
      reader.once('error', reject);
    });
  }

  /**
   * Reads ahead of any reader: until the body has ended, more than `keepBytes` have come, or
   * `holdMs` have passed. Rejects with `BodyLostError`.
   */
  hold(holdMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#onHeld?.(), holdMs);
      this.#onHeld = () => {
        this.#onHeld = undefined;
        clearTimeout(timer);
        this.#halt();
        if (this.#lost) reject(new BodyLostError());
        else resolve();
      };
      this.#pull();
    });
  }

  /** A reader from the first byte. A former reader gets nothing more. */
  open(): Readable {
    if (this.#dropped) throw new BodyLostError();
    this.#detach();
    const reader = new Readable({
      read: () => this.#pull(),
      destroy: (error, callback) => {
        if (this.#reader === reader) this.#detach();
        callback(error);
      },
    });
    // A destroyed attempt reports its end elsewhere; unheard, the error would end the process.
    reader.on('error', () => {});
    this.#reader = reader;
    for (const chunk of this.#kept) reader.push(chunk);
    if (this.#ended) reader.push(null);
    else if (this.#lost) reader.destroy(new BodyLostError());
    return reader;
  }

  /** No further reader will be opened: what was kept is freed. */
  release(): void {
    this.#kept = [];
    this.#dropped = true;
  }

  /** What follows can never be read: whoever waits for it hears so. */
  lose(): void {
    if (this.#ended || this.#lost) return;
    this.#lost = true;
    this.#halt();
    this.#onHeld?.();
    this.#reader?.destroy(new BodyLostError());
  }

  /**
   * Reads and drops what the client still sends, up to `limit` bytes, so that it gets to read our
   * response before the connection is reset.
   */
  discard(limit: number): void {
    this.#detach();
    this.release();
    if (this.#ended || this.#lost) return;
    let bytes = 0;
    this.#source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) this.#source.destroy();
    });
    this.#flow();
  }

  #detach(): void {
    this.#reader = undefined;
    this.#halt();
  }

  #pull(): void {
    if (!this.#attached) this.#attach();
    if (this.#ended || this.#lost) this.#onHeld?.();
    else this.#flow();
  }

  #flow(): void {
    this.#pace.resume(this.#options.now());
    this.#silence ??= setTimeout(() => this.#onSilence(), this.#options.idleMs);
    this.#source.resume();
  }

  #halt(): void {
    this.#pace.pause(this.#options.now());
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#source.pause();
  }

  #attach(): void {
    this.#attached = true;
    this.#source.on('data', (chunk: Buffer) => this.#onChunk(chunk));
    this.#source.once('end', () => {
      this.#ended = true;
      this.#halt();
      this.#onHeld?.();
      this.#reader?.push(null);
    });
    this.#source.once('error', () => this.lose());
    this.#source.once('close', () => this.lose());
  }

  #onChunk(chunk: Buffer): void {
    this.#silence?.refresh();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.maxBytes) {
      this.#refuse({ status: 413, detail: 'the body is too large' });
      return;
    }
    if (!this.#pace.take(chunk.length, this.#options.now())) {
      this.#refuse({ status: 408, detail: 'the body comes too slowly' });
      return;
    }
    if (!this.#dropped) this.#keep(chunk);
    if (this.#reader?.push(chunk) === false) this.#halt();
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes <= this.#options.keepBytes) return;
    if (this.#onHeld === undefined) this.release();
    else this.#onHeld();
  }

  #onSilence(): void {
    this.#refuse({ status: 408, detail: 'the body does not go on' });
  }

  #refuse(refused: RefusedRequest): void {
    if (this.#ended || this.#lost) return;
    this.#options.onRefused(refused);
    this.lose();
  }
}
