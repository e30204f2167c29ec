import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { freePort } from './free-port.js';
import { until } from './until.js';

const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** Whether redis-server is installed; tests that need it are skipped where it is not. */
export const hasRedis = isInstalled();

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { env: { ...process.env, PATH } });
    return true;
  } catch {
    return false;
  }
}

export interface RunningRedis {
  readonly port: number;
  readonly url: string;
  kill(): Promise<void>;
  /** Keeps its connections and answers nothing until {@link resume}. */
  pause(): void;
  resume(): void;
}

/** Starts the real redis-server, in memory only, on the loopback. */
export async function startRedis(port?: number): Promise<RunningRedis> {
  const chosen = port ?? (await freePort());
  const settings = ['--bind', '127.0.0.1', '--port', String(chosen), '--save', '', '--appendonly'];
  const env = { ...process.env, PATH };
  const child = spawn('redis-server', [...settings, 'no'], { stdio: 'ignore', env });
  await until(() => answers(chosen));
  return {
    port: chosen,
    url: `redis://127.0.0.1:${chosen}`,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
