import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bus, startBus } from '../../scripts/cluster/bus.mjs';
import { natsConfig } from '../../scripts/cluster/nats-config.mjs';
import { assertPortFree } from '../../scripts/cluster/ports.mjs';
import { findProgram } from '../find-program.mjs';
import { freePort } from '../free-port.js';

const HOST = '127.0.0.1';

describe('the bus', () => {
  const cleanups: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  function directory() {
    const path = mkdtempSync(join(tmpdir(), 'understudy-bus-'));
    cleanups.push(() => rmSync(path, { recursive: true }));
    return path;
  }

  async function listen(onConnection: (socket: Socket) => void): Promise<number> {
    const server: Server = createServer(onConnection);
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    return (server.address() as { port: number }).port;
  }

  it.skipIf(findProgram('nats-server') === null)(
    'is nats-server where there is one, on loopback, with our settings',
    async () => {
      const bus: Bus = await startBus({ directory: directory(), kind: 'nats' });
      cleanups.push(() => bus.stop());
      expect(bus.kind).toBe('nats-server');
      expect(bus.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
      const joined = await startBus({ directory: '', url: bus.url });
      expect(joined).toMatchObject({ kind: 'external', url: bus.url, process: null });
    },
  );

  it.skipIf(findProgram('nats-server') === null || !existsSync('/proc/self/environ')).each([
    { given: undefined, taken: '1' },
    { given: '3', taken: '3' },
  ])('leaves the processors to the shops, unless told otherwise ($given)', async (row) => {
    vi.stubEnv('GOMAXPROCS', row.given);
    const bus: Bus = await startBus({ directory: directory(), kind: 'nats' });
    cleanups.push(() => bus.stop());
    const environment = readFileSync(`/proc/${bus.process?.pid}/environ`, 'utf8').split('\0');
    expect(environment).toContain(`GOMAXPROCS=${row.taken}`);
  });

  it('is not taken from somebody who speaks another protocol', async () => {
    const port = await listen((socket) => socket.end('220 mail.example ESMTP\r\n'));
    const joining = startBus({ directory: '', url: `nats://${HOST}:${port}` });
    await expect(joining).rejects.toMatchObject({
      code: 'ERR_BUS_UNREACHABLE',
      message: expect.stringMatching(new RegExp(`${HOST}:${port}.*not NATS`)),
    });
  });

  it('is named with its address when it cannot be reached', async () => {
    const port = await freePort();
    const joining = startBus({ directory: '', url: `nats://user:hunter2@${HOST}:${port}` });
    await expect(joining).rejects.toThrow(new RegExp(`at ${HOST}:${port} \\(.*ECONNREFUSED`));
  });

  it('tells the server to cut a stalled client early', () => {
    const text = natsConfig({ host: HOST, port: -1 });
    for (const setting of [
      'host: "127.0.0.1"',
      'port: -1',
      'write_deadline: "1s"',
      'ping_interval: "2s"',
      'ping_max: 2',
      'max_payload: 1MB',
    ]) {
      expect(text.split('\n')).toContain(setting);
    }
  });

  it('a taken port is refused with the port and the flag', async () => {
    const port = await listen((socket) => socket.destroy());
    const check = assertPortFree({ host: HOST, port, what: 'shop', flag: '--port' });
    await expect(check).rejects.toThrow(
      `Port ${port}, wanted for the shop, is taken by another program. Choose another with --port`,
    );
  });
});
