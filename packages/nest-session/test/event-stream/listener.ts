import type { Browser } from '../support/browser.js';

export interface HeardEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
  readonly id?: string;
}

/** Reads server-sent events of a response one by one. */
export class Listener {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** The next event; undefined when the stream has ended. */
  async next(): Promise<HeardEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return undefined;
        this.#text += this.#decoder.decode(value, { stream: true });
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      const fields = new Map(
        block.split('\n').map((line): [string, string] => {
          const [name = '', ...rest] = line.split(': ');
          return [name, rest.join(': ')];
        }),
      );
      const event = fields.get('event');
      if (event === undefined) continue;
      const id = fields.get('id');
      const data = JSON.parse(fields.get('data') ?? 'null') as Record<string, unknown>;
      return id === undefined ? { event, data } : { event, data, id };
    }
  }

  /** The next of that kind; those before are passed over. */
  async until(event: string): Promise<HeardEvent> {
    for (;;) {
      const heard = await this.next();
      if (!heard) throw new Error(`the stream ended before ${event}`);
      if (heard.event === event) return heard;
    }
  }

  stop(): void {
    this.abort.abort();
  }
}

export async function listen(browser: Browser): Promise<Listener> {
  const abort = new AbortController();
  const response = await browser.fetch('/session/events', { signal: abort.signal });
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
  return new Listener(response, abort);
}
