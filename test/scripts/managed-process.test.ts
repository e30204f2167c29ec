import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ManagedProcess } from '../../scripts/cluster/managed-process.mjs';
import { ManagedProcess as Process } from '../../scripts/cluster/managed-process.mjs';
import { isRunning } from '../../scripts/cluster/process-identity.mjs';
import { READY, STAY, STUBBORN, toyProgram } from './toy-program.js';

describe('a managed process', () => {
  const started: ManagedProcess[] = [];
  const toy = (source: string, env?: Record<string, string>) => {
    const child = toyProgram(source, env);
    started.push(child);
    return child;
  };

  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(started.splice(0).map((child) => child.kill()));
  });

  it('is ready when it prints the line that says so', async () => {
    const child = toy(`${READY}${STAY}`);
    const match = await child.waitForLine(/listening on (\S+)/);
    expect(match[1]).toBe('http://127.0.0.1:1');
  });

  it('is ready too when that line was printed before anybody asked', async () => {
    const child = toy(`${READY}console.log('more');${STAY}`);
    await child.waitForLine(/^more$/);
    expect((await child.waitForLine(/listening/))[0]).toBe('listening');
  });

  it('quotes the last output of one that ends before it is ready', async () => {
    const child = toy("console.error('the port is taken'); process.exit(3);");
    await expect(child.waitForLine(/listening/)).rejects.toMatchObject({
      code: 'ERR_PROCESS_EXITED',
      message: expect.stringMatching(/toy ended with code 3 .*the port is taken/s),
    });
  });

  it('says so when the program does not exist', async () => {
    const child = new Process({ name: 'ghost', command: './no-such-program', args: [] });
    await expect(child.waitForLine(/listening/)).rejects.toThrow(/ghost .*ENOENT/);
    expect(child.signal('SIGTERM')).toBe(false);
  });

  it('gives up on one that stays silent', async () => {
    const child = toy(STAY);
    await expect(child.waitForLine(/listening/, 50)).rejects.toMatchObject({
      code: 'ERR_NOT_READY',
    });
    expect(child.running).toBe(true);
  });

  it('stops with SIGTERM and reports the exit', async () => {
    const child = toy(`process.on('SIGTERM', () => process.exit(7));${READY}${STAY}`);
    await child.waitForLine(/listening/);
    expect(await child.stop(10_000)).toEqual({ code: 7, signal: null });
    expect(isRunning(child.pid)).toBe(false);
  });

  it('is killed when SIGTERM does not end it in time', async () => {
    const child = toy(`${STUBBORN}${READY}${STAY}`);
    await child.waitForLine(/listening/);
    expect(await child.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('keeps the end of a long output, in lines and in characters', async () => {
    const child = toy(`
      for (let i = 0; i < 1000; i++) console.log('line ' + i);
      console.log('x'.repeat(100_000));
      console.log('end');${STAY}`);
    await child.waitForLine(/^end$/);
    const lines = child.output.last();
    expect(lines).toHaveLength(200);
    expect(lines.at(-1)).toBe('end');
    expect(lines.at(-2)).toHaveLength(2000);
    expect(lines.at(-3)).toBe('line 999');
  });

  it('does not see the settings of our own shell', async () => {
    vi.stubEnv('UNDERSTUDY_SECRET', 'from the shell');
    const tell = `console.log('secret ' + process.env.UNDERSTUDY_SECRET);${STAY}`;
    expect((await toy(tell).waitForLine(/^secret (.*)$/))[1]).toBe('undefined');
    const told = toy(tell, { UNDERSTUDY_SECRET: 'given' });
    expect((await told.waitForLine(/^secret (.*)$/))[1]).toBe('given');
  });
});
