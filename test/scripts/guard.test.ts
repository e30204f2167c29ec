import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { isRunning } from '../../scripts/cluster/process-identity.mjs';
import { waitFor } from '../../scripts/cluster/wait-for.mjs';
import { STAY, STUBBORN } from './toy-program.js';

const MANAGED = fileURLToPath(
  new URL('../../scripts/cluster/managed-process.mjs', import.meta.url),
);

/** A launcher that starts one child running `childSource`, and prints its pid and the guard's. */
const launcher = (childSource: string) => `
  import { ManagedProcess } from ${JSON.stringify(MANAGED)};
  import { guardPid } from ${JSON.stringify(MANAGED.replace('managed-process', 'guard'))};
  const child = new ManagedProcess({
    name: 'child', command: process.execPath,
    args: ['-e', ${JSON.stringify(`${childSource}console.log('up');${STAY}`)}],
  });
  await child.waitForLine(/^up$/);
  console.log(child.pid + ' ' + guardPid());
  // In a later turn, so what the new guard is to know is on its way to it.
  let known = guardPid();
  setInterval(() => {
    if (guardPid() === undefined || guardPid() === known) return;
    known = guardPid();
    console.log(known);
  }, 10);
  ${STAY}`;

describe('the guard', () => {
  const pids: number[] = [];
  afterEach(() => {
    for (const pid of pids.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  });

  async function launch(childSource: string) {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', launcher(childSource)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(parent.stdout);
    const [line] = (await once(lines, 'line')) as [string];
    const [childPid = 0, guardPid = 0] = line.split(' ').map(Number);
    pids.push(childPid, guardPid, parent.pid ?? 0);
    expect(isRunning(childPid)).toBe(true);
    return { parent, lines, childPid, guardPid };
  }

  const gone = (pid: number) =>
    waitFor(`the end of ${pid}`, () => !isRunning(pid), { deadlineMs: 15_000 });

  it('ends the children of a launcher that was killed', async () => {
    const { parent, childPid, guardPid } = await launch('');
    parent.kill('SIGKILL');
    await gone(childPid);
    await gone(guardPid);
  });

  it('ends a child that ignores SIGTERM', async () => {
    const { parent, childPid } = await launch(STUBBORN);
    parent.kill('SIGKILL');
    await gone(childPid);
  });

  it('ends a frozen child', async () => {
    const { parent, childPid } = await launch('');
    process.kill(childPid, 'SIGSTOP');
    parent.kill('SIGKILL');
    await gone(childPid);
  });

  it('is replaced when somebody ends it, and its successor knows the children', async () => {
    const { parent, lines, childPid, guardPid } = await launch('');
    const successor = once(lines, 'line');
    process.kill(guardPid, 'SIGKILL');
    await gone(guardPid);
    await successor;
    parent.kill('SIGKILL');
    await gone(childPid);
  });
});
