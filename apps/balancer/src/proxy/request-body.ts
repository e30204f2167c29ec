import { Readable } from 'node:stream';
import { BodyLostError } from '../errors.js';

/**
 * The body of a client's request, which can be sent more than once as long as no byte that was
 * taken from the client had to be dropped. Up to `keepBytes` are kept; a larger body is passed on
 * as it comes and can then be sent once only, unless nobody had begun to read it.
 */
export class RequestBody {
  readonly #source: Readable;
  readonly #keepBytes: number;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #dropped = false;
  #ended = false;
  #lost = false;
  #reader: Readable | undefined;
  #attached = false;

  constructor(source: Readable, keepBytes: number) {
    this.#source = source;
    this.#keepBytes = keepBytes;
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
    this.#source.resume();
  }

  #detach(): void {
    this.#reader = undefined;
    this.#source.pause();
  }

  #pull(): void {
    if (!this.#attached) this.#attach();
    if (!this.#ended && !this.#lost) this.#source.resume();
  }

  #attach(): void {
    this.#attached = true;
    this.#source.on('data', (chunk: Buffer) => this.#onChunk(chunk));
    this.#source.once('end', () => {
      this.#ended = true;
      this.#reader?.push(null);
    });
    const lose = (): void => {
      if (this.#ended || this.#lost) return;
      this.#lost = true;
      this.#reader?.destroy(new BodyLostError());
    };
    this.#source.once('error', lose);
    this.#source.once('close', lose);
  }

  #onChunk(chunk: Buffer): void {
    if (!this.#dropped) {
      this.#kept.push(chunk);
      this.#keptBytes += chunk.length;
      if (this.#keptBytes > this.#keepBytes) this.release();
    }
    if (this.#reader?.push(chunk) === false) this.#source.pause();
  }
}
