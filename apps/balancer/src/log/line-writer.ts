/** Writes some bytes; tells how many it took. */
export type WriteBytes = (
  bytes: Buffer,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

export interface LineWriterOptions {
  readonly write: WriteBytes;
  /** Bytes that may wait; read anew for each line. What is more is dropped. */
  readonly maxBytes: () => number;
  /** Bytes of one write, unless a line is longer. */
  readonly chunkBytes: number;
  readonly onDropped: (lines: number) => void;
  /** Told of the first error of a row, not of each. */
  readonly onError: (error: Error) => void;
}

/** A full pipe takes nothing; when it will again nobody tells. */
const AGAIN_MS = 10;

/**
 * Lines on their way to a file or pipe: one write at a time, whole lines together, never more
 * waiting than the bound, whoever is slow. A request never waits for its line.
 */
export class LineWriter {
  readonly #options: LineWriterOptions;
  #lines: string[] = [];
  #bytes = 0;
  #isWriting = false;
  #isFailing = false;
  #idle: (() => void) | undefined;

  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  /** @param line In ASCII, with its line feed. */
  add(line: string): void {
    if (this.#bytes + line.length > this.#options.maxBytes()) {
      this.#options.onDropped(1);
      return;
    }
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#isWriting) return;
    this.#isWriting = true;
    // What ends in the same turn shares a write.
    setImmediate(() => this.#writeNext());
  }

  /** Resolves when nothing waits any more, or after the deadline; what waits then is dropped. */
  async flush(deadlineMs: number): Promise<void> {
    if (!this.#isWriting) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      timer = setTimeout(resolve, deadlineMs);
    });
    clearTimeout(timer);
    this.#idle = undefined;
    if (this.#lines.length > 0) this.#options.onDropped(this.#lines.length);
    this.#lines = [];
    this.#bytes = 0;
  }

  #writeNext(): void {
    let count = 0;
    let size = 0;
    for (const line of this.#lines) {
      if (count > 0 && size + line.length > this.#options.chunkBytes) break;
      count++;
      size += line.length;
    }
    if (count === 0) {
      this.#isWriting = false;
      this.#idle?.();
      return;
    }
    const chunk = Buffer.from(this.#lines.splice(0, count).join(''), 'latin1');
    this.#write(chunk, count);
  }

  #write(chunk: Buffer, lines: number): void {
    this.#options.write(chunk, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#write(chunk, lines), AGAIN_MS);
      } else if (error !== null) {
        if (!this.#isFailing) this.#options.onError(error);
        this.#isFailing = true;
        this.#options.onDropped(lines);
        this.#done(chunk.length);
      } else if (written < chunk.length) {
        this.#bytes -= written;
        this.#write(chunk.subarray(written), lines);
      } else {
        this.#isFailing = false;
        this.#done(chunk.length);
      }
    });
  }

  #done(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    this.#writeNext();
  }
}
