import { afterEach, describe, expect, it } from 'vitest';
import { natsTransport, type Transport } from '../../src/transport/index.js';
import { freePort } from './free-port.js';
import { NATS_SERVER, type RunningServer, startNatsServer } from './nats-server.js';
import { until } from './until.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const lanes = ['control', 'replication', 'bulk'] as const;

describe.skipIf(NATS_SERVER === undefined)('when nats-server goes away', () => {
  const servers: RunningServer[] = [];
  const transports: Transport[] = [];

  afterEach(async () => {
    await Promise.all(transports.splice(0).map((transport) => transport.close()));
    await Promise.all(servers.splice(0).map((server) => server.kill()));
  });

  const start = async (port?: number, args: readonly string[] = []) => {
    const server = await startNatsServer(port === undefined ? { args } : { port, args });
    servers.push(server);
    return server;
  };

  const open = async (addresses: readonly string[], warnings: string[] = []) => {
    const logger = { warn: (message: string) => warnings.push(message) };
    const transport = await natsTransport({ servers: addresses, logger });
    transports.push(transport);
    const seen: string[] = [];
    transport.onStatus(({ kind }) => seen.push(kind));
    return { transport, seen };
  };

  it('killed and restarted: the outage shows, what was sent meanwhile is lost, the rest arrives', async () => {
    const server = await start();
    const address = `127.0.0.1:${server.port}`;
    const warnings: string[] = [];
    const [a, b] = [await open([address], warnings), await open([address])];
    const received: string[] = [];
    b.transport.subscribe('x', ({ payload }) => received.push(new TextDecoder().decode(payload)));
    await b.transport.flush();

    await server.kill('SIGKILL');
    const lost = () => warnings.filter((text) => text.includes('lost'));
    await until('every lane to notice', () => lost().length === lanes.length);
    await until('the other to notice', () => b.seen.at(-1) === 'disconnected');
    for (const lane of lanes) a.transport.publish('x', bytes('meanwhile'), { lane });
    await start(server.port);
    await until('both to be back', () => [a, b].every(({ seen }) => seen.at(-1) === 'connected'));
    await b.transport.flush();
    for (const lane of lanes) a.transport.publish('x', bytes('later'), { lane });

    await until('the later messages', () => received.length >= lanes.length);
    expect(received).toEqual(['later', 'later', 'later']);
    expect(a.seen).toEqual(['connected', 'disconnected', 'connected']);
    expect(lost()).toHaveLength(lanes.length);
    expect(warnings.filter((text) => text.includes('is back'))).toHaveLength(lanes.length);
  });

  it('frozen with a full socket: it is given up and another broker takes over', async () => {
    const frozen = await start();
    const otherPort = await freePort();
    const { transport, seen } = await open([`127.0.0.1:${frozen.port}`, `127.0.0.1:${otherPort}`]);
    await start(otherPort);
    const witness = await open([`127.0.0.1:${otherPort}`]);
    const received = new Set<string>();
    witness.transport.subscribe('x', ({ payload }) =>
      received.add(new TextDecoder().decode(payload)),
    );
    await witness.transport.flush();

    process.kill(frozen.pid, 'SIGSTOP');
    try {
      const block = new Uint8Array(1_000_000);
      for (const lane of lanes) {
        for (let count = 0; count < 30; count += 1) transport.publish('filler', block, { lane });
      }
      // Each lane notices for itself, so the status may come and go meanwhile.
      await until('a message on each lane', () => {
        for (const lane of lanes) transport.publish('x', bytes(lane), { lane });
        return received.size === lanes.length;
      });
    } finally {
      process.kill(frozen.pid, 'SIGCONT');
    }
    expect(seen.slice(0, 2)).toEqual(['connected', 'disconnected']);
    expect(seen.at(-1)).toBe('connected');
  });

  it('in lame duck mode: the transport moves to another broker of the cluster by itself', async () => {
    const routePort = await freePort();
    const cluster = ['--cluster_name', 'test', '--cluster', `nats://127.0.0.1:${routePort}`];
    const seed = await start(undefined, cluster);
    const second = await start(undefined, [
      ...cluster.slice(0, 3),
      'nats://127.0.0.1:-1',
      '--routes',
      `nats://127.0.0.1:${routePort}`,
    ]);
    const mover = await open([`127.0.0.1:${seed.port}`]);
    const stayer = await open([`127.0.0.1:${second.port}`]);
    const received: string[] = [];
    mover.transport.subscribe('x', ({ payload }) =>
      received.push(new TextDecoder().decode(payload)),
    );
    await until('the two brokers to know each other', () => {
      stayer.transport.publish('x', bytes('before'));
      return received.length > 0;
    });
    process.kill(seed.pid, 'SIGUSR2');
    await until('the move', () => mover.seen.length >= 3 && mover.seen.at(-1) === 'connected');
    received.length = 0;
    await until('messages on the other broker', () => {
      stayer.transport.publish('x', bytes('after'));
      return received.length > 0;
    });
  });
});
