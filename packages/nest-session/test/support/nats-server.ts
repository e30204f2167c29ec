import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** Whether nats-server is installed; tests that need it are skipped where it is not. */
export const hasNatsServer = isInstalled();

function isInstalled(): boolean {
  try {
    execFileSync('nats-server', ['--version'], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface RunningNats {
  readonly port: number;
  kill(): Promise<void>;
}

/** Starts the real nats-server on the loopback, by default on a free port, and waits until it listens. */
export async function startNatsServer(args: readonly string[], on = -1): Promise<RunningNats> {
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  const child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(on), ...args], {
    env,
    stdio,
  });
  const gone = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  for await (const line of createInterface({ input: child.stderr })) {
    const port = /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    // Else it would stand still once the pipe is full.
    child.stderr.resume();
    return { port: Number(port), kill };
  }
  throw new Error('nats-server ended before it listened');
}
