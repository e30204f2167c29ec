import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ChildBalancerOptions } from './child-balancer.js';
import { end } from './child-process.js';
import { useProgram } from './use-program.js';

const program = useProgram(new URL('./child-balancer.ts', import.meta.url));

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
  const child = spawn(process.execPath, [program()], {
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
