import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ChildNode {
  readonly label: string;
  readonly url: string;
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  close(): Promise<void>;
}

/** An upstream node in a process of its own. */
export async function startChildNode(
  label: string,
  environment: Record<string, string> = {},
): Promise<ChildNode> {
  const script = fileURLToPath(new URL('./child-node.mjs', import.meta.url));
  const child = fork(script, { env: { ...process.env, LABEL: label, ...environment } });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    label,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    signal: (name) => {
      child.kill(name);
    },
    close: () => end(child),
  };
}

export interface MainProcess {
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  readonly exit: Promise<number | null>;
  close(): Promise<void>;
}

/** `main.ts` as it runs in production, apart from being run from its sources. */
export function startMain(
  environment: Record<string, string>,
  parameters: readonly string[] = [],
): MainProcess {
  const runner = fileURLToPath(new URL('./run-typescript.mjs', import.meta.url));
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [runner, main, ...parameters], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return {
    pid: child.pid as number,
    output: () => text,
    signal: (name) => {
      child.kill(name);
    },
    exit: once(child, 'exit').then(([code]) => code as number | null),
    close: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
