import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { findProgram } from '../find-program.js';
import { freePort } from '../transport/free-port.js';

export const REDIS_SERVER = findProgram('redis-server');

const DEADLINE_MS = 30_000;
const RETRY_MS = 10;

export interface RunningRedis {
  readonly port: number;
  readonly url: string;
  /** Resolves once the process is gone, with all that it held. */
  kill(): Promise<void>;
}

/** Starts the real redis-server, in memory only, on a free port of 127.0.0.1 or on `port`. */
export async function startRedis(options: { readonly port?: number } = {}): Promise<RunningRedis> {
  if (REDIS_SERVER === undefined) throw new Error('redis-server is not installed');
  const port = options.port ?? (await freePort());
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly'];
  const child = spawn(REDIS_SERVER, [...settings, 'no'], { stdio: 'ignore' });
  await Promise.race([
    answering(port),
    once(child, 'exit').then(() => {
      throw new Error(`redis-server on port ${port} exited at once`);
    }),
  ]);
  return { port, url: `redis://127.0.0.1:${port}`, kill: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function answering(port: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await pongs(port))) {
    if (performance.now() > deadline) throw new Error(`no Redis answers on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function pongs(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
