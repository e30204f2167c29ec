import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { WEBSOCKET_OPENED } from './websocket.js';

/** A request as an upstream node received it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface TestNode {
  readonly label: string;
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  readonly server: Server;
  /** Connections that were opened to this node. */
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A real HTTP server that remembers what it was asked and answers its label. */
export async function startNode(label: string, handler?: Handler): Promise<TestNode> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      response.end('{"state":"ready"}');
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { method = '', url = '', rawHeaders } = request;
      seen.push({ method, url, rawHeaders, body });
      if (handler === undefined) response.end(label);
      else handler(request, response, body);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listenOnFreePort(server);
  const url = `http://127.0.0.1:${port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { label, url, port, seen, server, sockets, close };
}

export interface RawNode {
  readonly url: string;
  readonly sockets: Set<Socket>;
  /** Connections opened so far. */
  connections(): number;
  close(): Promise<void>;
}

/** A bare TCP server: for nodes that do not keep to the protocol. */
export async function startRawNode(
  onConnection: (socket: Socket) => void,
  allowHalfOpen = false,
): Promise<RawNode> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer({ allowHalfOpen }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  const port = await listenOnFreePort(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${port}`, sockets, connections: () => connections, close };
}

/** A node that opens every WebSocket, echoes what comes through it, and answers its label to others. */
export function startEchoNode(label: string): Promise<RawNode> {
  return startRawNode((socket) => {
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (text.includes('Upgrade: websocket')) {
        socket.write(WEBSOCKET_OPENED);
      } else if (text.startsWith('GET ')) {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${label.length}\r\n\r\n${label}`);
      } else {
        socket.write(chunk);
      }
    });
  });
}

/** An origin that refuses connections: a port that was free a moment ago. */
export async function refusingUrl(): Promise<string> {
  const server = createTcpServer();
  const port = await listenOnFreePort(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function listenOnFreePort(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): AddressInfo | string | null;
}): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
