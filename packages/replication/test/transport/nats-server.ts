import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { findProgram } from '../find-program.js';
import { freePort } from './free-port.js';

export const NATS_SERVER = findProgram('nats-server');

/** Such as `2.9.10`. */
export const NATS_SERVER_VERSION =
  NATS_SERVER &&
  /v(\d\S*)/.exec(execFileSync(NATS_SERVER, ['--version'], { encoding: 'utf8' }))?.[1];

const DEADLINE_MS = 30_000;
const RETRY_MS = 10;

export interface RunningServer {
  readonly port: number;
  readonly pid: number;
  /** Resolves once the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts the real nats-server on a free port of 127.0.0.1, or on `port`, and waits for it. */
export async function startNatsServer(
  options: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<RunningServer> {
  if (NATS_SERVER === undefined) throw new Error('nats-server is not installed');
  const port = options.port ?? (await freePort());
  const child = spawn(
    NATS_SERVER,
    ['-a', '127.0.0.1', '-p', String(port), ...(options.args ?? [])],
    {
      stdio: 'ignore',
    },
  );
  await Promise.race([
    accepting(port),
    once(child, 'exit').then(() => {
      throw new Error(`nats-server on port ${port} exited at once`);
    }),
  ]);
  return { port, pid: child.pid as number, kill: (signal = 'SIGKILL') => end(child, signal) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function accepting(port: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await answersAt(port))) {
    if (performance.now() > deadline) throw new Error(`nothing listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function answersAt(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
