import type { ServerResponse } from 'node:http';
import { MAX_STREAM_BUFFER_BYTES } from '../limits.js';

/** How long `EventSource` waits before it connects again. */
const RETRY_MS = 2000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // What compresses or collects would hold every event back.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Server-sent events on a response. Bounded: a client that does not read is cut off. */
export class EventStream {
  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, HEADERS);
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** `id`, when given, is what the client sends in `Last-Event-ID` when it comes back. */
  send(event: string, data: object, id?: string): void {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    const head = id === undefined ? '' : `id: ${id}\n`;
    response.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (response.writableLength > MAX_STREAM_BUFFER_BYTES) response.destroy();
  }

  end(): void {
    if (!this.response.destroyed) this.response.end();
  }
}
