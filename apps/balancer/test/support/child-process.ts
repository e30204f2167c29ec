import { type ChildProcess, fork } from 'node:child_process';
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

/** Kills it, unless it has ended, and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
