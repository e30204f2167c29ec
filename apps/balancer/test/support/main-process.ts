import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { end } from './child-process.js';
import { useProgram } from './use-program.js';

const program = useProgram(new URL('../../src/main.ts', import.meta.url));

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

/** `main.ts` as it runs in production, apart from being one file. */
export function startMain(
  environment: Record<string, string>,
  parameters: readonly string[] = [],
): MainProcess {
  const child = spawn(process.execPath, [program(), ...parameters], {
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
