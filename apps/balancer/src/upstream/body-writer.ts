import type { Readable, Writable } from 'node:stream';
import type { HeaderList } from '../proxy/header-list.js';

export interface BodyWriterOptions {
  readonly body: Readable;
  readonly socket: Writable;
  /** Add the chunked coding (RFC 9112 §7.1). */
  readonly chunked: boolean;
  /** Fields to end a chunked body with. */
  readonly trailers?: (() => HeaderList) | undefined;
  readonly onProgress: () => void;
  readonly onDone: () => void;
  /** The body broke off: what was begun cannot be ended properly. */
  readonly onBroken: (error: Error) => void;
}

/**
 * Writes a body that is still coming in, no faster than the socket takes it. Returns how to stop.
 */
export function writeBody(options: BodyWriterOptions): () => void {
  const { body, socket, chunked } = options;
  const onDrain = (): void => {
    body.resume();
  };
  const stop = (): void => {
    body.removeAllListeners('data');
    body.removeAllListeners('end');
    socket.removeListener('drain', onDrain);
    body.destroy();
  };
  body.on('data', (chunk: Buffer) => {
    if (!(chunked ? writeChunk(socket, chunk) : socket.write(chunk))) body.pause();
    options.onProgress();
  });
  body.once('end', () => {
    if (chunked) socket.write(lastChunk(options.trailers?.() ?? []), 'latin1');
    stop();
    options.onDone();
  });
  body.once('error', (error: Error) => {
    stop();
    options.onBroken(error);
  });
  socket.on('drain', onDrain);
  return stop;
}

function writeChunk(socket: Writable, chunk: Buffer): boolean {
  socket.cork();
  socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
  socket.write(chunk);
  const flowing = socket.write('\r\n', 'latin1');
  socket.uncork();
  return flowing;
}

function lastChunk(trailers: HeaderList): string {
  let text = '0\r\n';
  for (let i = 0; i < trailers.length; i += 2) text += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
