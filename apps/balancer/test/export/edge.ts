import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeNode, EdgeOptions } from '../../src/export/edge-fleet.js';
import { exportEdge } from '../../src/export/export-edge.js';
import { closeAfterTest } from '../support/bench.js';
import { refusingUrl } from '../support/upstream-node.js';
import { until } from '../support/wait.js';

/** A node that tells its label, and whose health and life a test decides. */
export interface ToyNode extends EdgeNode {
  health: number;
  readonly headers: string[];
  /** Of requests for `/hold`, which a test has to end. */
  readonly held: ServerResponse[];
  kill(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startToyNode(label: string): Promise<ToyNode> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const start = (on: number): Promise<void> => {
    const started = createServer((request, response) => {
      if (request.url === '/healthz') {
        response.writeHead(node.health).end();
        return;
      }
      node.headers.push(request.rawHeaders.join('|'));
      if (request.url === '/hold') {
        node.held.push(response);
        return;
      }
      response.writeHead(200, { 'X-Node': label, 'X-Understudy-Not-Mine': 'z' }).end(label);
    });
    server = started;
    started.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    return new Promise((resolve) => started.listen(on, '127.0.0.1', resolve));
  };
  await start(0);
  const { port } = (server as unknown as Server).address() as AddressInfo;
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      server?.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    });
  const node: ToyNode = {
    label,
    url: `http://127.0.0.1:${port}`,
    health: 200,
    headers: [],
    held: [],
    kill,
    restart: () => start(port),
    close: () => (server?.listening ? kill() : Promise.resolve()),
  };
  return closeAfterTest(node);
}

export interface Edge {
  readonly url: string;
  close(): Promise<void>;
}

/** The real program with what we write for it, on a free port. */
export async function startEdge(
  kind: 'haproxy' | 'nginx',
  program: string,
  nodes: readonly EdgeNode[],
  routing: Partial<EdgeOptions> = {},
): Promise<Edge> {
  const url = await refusingUrl();
  const folder = await mkdtemp(join(tmpdir(), 'understudy-edge-'));
  const text = exportEdge(kind, { nodes, listen: new URL(url).host, ...routing });
  const path = join(folder, 'edge.conf');
  await writeFile(path, kind === 'haproxy' ? text : wholeNginx(text, folder));
  const parameters =
    kind === 'haproxy' ? ['-db', '-f', path] : ['-p', folder, '-c', path, '-e', 'stderr'];
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const edge = closeAfterTest({
    url,
    close: async () => {
      child.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true });
    },
  });
  await until('the edge answers', async () => {
    if (child.exitCode !== null) throw new Error(`${kind} ended: ${output}`);
    return fetch(url).then(
      ({ status }) => status === 200,
      () => false,
    );
  });
  return edge;
}

/** What we write belongs into the http section of a configuration somebody has. */
export function wholeNginx(text: string, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  return `daemon off; pid ${folder}/pid; worker_processes 1; error_log stderr crit;
events {}
http { access_log off; ${temporary}
${text}}
`;
}
