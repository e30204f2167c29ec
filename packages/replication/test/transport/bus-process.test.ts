import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TransportConnectError } from '../../src/errors.js';
import { startBusProcess } from '../../src/transport/embedded/bus-process.js';
import { natsTransport } from '../../src/transport/index.js';
import { type BuiltBus, buildBus } from './built-bus.js';
import { until } from './until.js';

let built: BuiltBus;
const children: ChildProcess[] = [];

beforeAll(async () => {
  built = await buildBus();
});
afterAll(() => built?.remove());
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [built.program, ...args]);
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return { child, said, exited };
}

describe('the command understudy-bus', () => {
  it('says in one line where it listens, and on the side that it is for development', async () => {
    const { child, said, exited } = run('--port', '0');
    await until('the line', () => said.out.includes('\n'));
    expect(said.out).toMatch(/^understudy-bus listening on nats:\/\/127\.0\.0\.1:\d+\n$/);
    expect(said.err).toMatch(/development/);
    const servers = said.out.trim().split(' ').at(-1) as string;
    const transport = await natsTransport({ servers, logger: { warn: () => {} } });
    await transport.flush();
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 0, signal: null });
    await transport.close();
  });

  it('leaves Ctrl-C to its parent with --ignore-sigint and obeys it without', async () => {
    const [stubborn, obedient] = [run('--ignore-sigint'), run()];
    await until('both lines', () => [stubborn, obedient].every(({ said }) => said.out !== ''));
    stubborn.child.kill('SIGINT');
    obedient.child.kill('SIGINT');
    expect(await obedient.exited).toEqual({ code: 0, signal: null });
    const servers = stubborn.said.out.trim().split(' ').at(-1) as string;
    const transport = await natsTransport({ servers, connectTimeoutMs: 5_000 });
    await transport.close();
    stubborn.child.kill('SIGTERM');
    expect(await stubborn.exited).toEqual({ code: 0, signal: null });
  });

  it('explains itself with --help and refuses what it does not know', async () => {
    const help = run('--help');
    expect(await help.exited).toEqual({ code: 0, signal: null });
    expect(help.said.out).toMatch(/--port PORT/);
    const wrong = run('--prot', '1');
    expect(await wrong.exited).toEqual({ code: 2, signal: null });
    expect(wrong.said.err).toMatch(/--prot/);
  });

  it('fails with a reason when the port is taken', async () => {
    const first = run();
    await until('the line', () => first.said.out !== '');
    const second = run('--port', first.said.out.trim().split(':').at(-1) as string);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.said.err).toMatch(/EADDRINUSE/);
  });
});

describe('embeddedBus()', () => {
  it('resolves with a bus of its own process that close() ends', async () => {
    const bus = await startBusProcess(built.program, {});
    expect(bus.pid).not.toBe(process.pid);
    const transport = await natsTransport({ servers: bus.url });
    await transport.flush();
    await transport.close();
    await Promise.all([bus.close(), bus.close()]);
    expect(() => process.kill(bus.pid, 0)).toThrow(/ESRCH/);
  });

  it('rejects with what the bus complained of', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    const failure = await startBusProcess(built.program, { port }).catch((error) => error);
    squatter.close();
    expect(failure).toBeInstanceOf(TransportConnectError);
    expect((failure.cause as Error).message).toMatch(/EADDRINUSE/);
  });

  it.each([
    ['ends when the process that started it is killed', "process.kill(process.pid, 'SIGKILL')"],
    ['does not keep the process that started it alive', ''],
  ])('%s', async (_, afterwards) => {
    const script = `
      const { embeddedBus } = await import(${JSON.stringify(built.module)});
      const bus = await embeddedBus();
      process.stdout.write(String(bus.pid), () => { ${afterwards} });
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    children.push(parent);
    let pid = '';
    parent.stdout.on('data', (chunk) => {
      pid += chunk;
    });
    await once(parent, 'exit');
    await until('the bus to be gone', () => pid !== '' && !isAlive(Number(pid)));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
