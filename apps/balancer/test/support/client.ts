import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]> | readonly string[];
  readonly body?: string | Buffer;
}

/** One request on a connection of its own; rejects when the response is cut short. */
export function ask(url: string, options: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent: false,
        method: options.method ?? 'GET',
        headers: (options.headers ?? {}) as Record<string, string>,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

/** A route cookie as nodes send it; the MAC is of no interest to a balancer. */
export function routeCookie(...holders: string[]): string {
  return `sid-route=v1.${holders.join('.')}.1.7.AAAAAAAAAAAAAAAAAAAAAA`;
}

/** A TCP connection that collects what it receives. */
export interface RawClient {
  readonly socket: Socket;
  received(): string;
  /** Resolves when the connection is closed, with everything received. */
  readonly closed: Promise<string>;
}

export async function openRaw(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return { socket, received: () => text, closed };
}

/** Sends bytes as they are and returns all that comes until the connection closes. */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  const client = await openRaw(url);
  client.socket.write(bytes, 'latin1');
  return client.closed;
}
