import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ChildBalancerOptions } from './child-balancer.js';

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
  /** Leaves what comes from now on in the pipe. */
  pauseOutput(): void;
  resumeOutput(): void;
  signal(name: NodeJS.Signals): void;
  readonly exit: Promise<number | null>;
  close(): Promise<void>;
}

export interface BalancerProcess {
  readonly url: string;
  /** Memory of the process that is in use now, in bytes. */
  residentBytes(): number;
  close(): Promise<void>;
}

/** A balancer in a process of its own, so that its memory can be told from that of the test. */
export async function startBalancerProcess(
  options: ChildBalancerOptions,
): Promise<BalancerProcess> {
  const runner = fileURLToPath(new URL('./run-typescript.mjs', import.meta.url));
  const script = fileURLToPath(new URL('./child-balancer.ts', import.meta.url));
  const child = spawn(process.execPath, [runner, script], {
    env: { ...process.env, OPTIONS: JSON.stringify(options) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  const url = /^listening (\S+)/.exec(text)?.[1];
  if (url === undefined) throw new Error(`the balancer did not start: ${text}`);
  const residentBytes = (): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
  };
  return { url, residentBytes, close: () => end(child) };
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
    pauseOutput: () => void child.stdout.pause(),
    resumeOutput: () => void child.stdout.resume(),
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
