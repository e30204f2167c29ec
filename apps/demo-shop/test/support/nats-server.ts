import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Debian puts servers where users' PATH does not look. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** The program; undefined where it is not installed. */
export const NATS_SERVER = FOLDERS.map((folder) => join(folder, 'nats-server')).find(isProgram);

export interface NatsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server on a free port. */
export async function startNatsServer(): Promise<NatsServer> {
  if (NATS_SERVER === undefined) throw new Error('nats-server is not installed');
  const child = spawn(NATS_SERVER, ['-a', '127.0.0.1', '-p', '-1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await listeningPort(child);
  return {
    url: `nats://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill();
      }),
  };
}

async function listeningPort(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('nats-server has no log');
  for await (const line of createInterface({ input: child.stderr })) {
    const port = /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      child.stderr.resume();
      return port;
    }
  }
  throw new Error('nats-server ended before it listened');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
