import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { connect } from '@nats-io/transport-node';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { OptionError } from '../../src/errors.js';
import {
  type EmbeddedBus,
  type EmbeddedBusOptions,
  natsTransport,
  startEmbeddedBus,
} from '../../src/transport/index.js';
import { BUS_MAX_CONNECTIONS } from '../../src/transport/limits.js';
import { until } from './until.js';

const buses: EmbeddedBus[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
});

async function start(options: EmbeddedBusOptions = {}): Promise<EmbeddedBus> {
  const bus = await startEmbeddedBus(options);
  buses.push(bus);
  return bus;
}

async function dial(bus: EmbeddedBus) {
  const socket = createConnection(bus.port, '127.0.0.1');
  sockets.push(socket);
  const heard = { text: '', closed: false };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    heard.text += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    heard.closed = true;
  });
  await once(socket, 'connect');
  return { socket, heard };
}

describe('the embedded bus', () => {
  it('cuts off a client that does not read and serves the others', async () => {
    const bus = await start({ maxOutboundBytes: 4_000_000 });
    const lazy = await dial(bus);
    lazy.socket.write('SUB flood 1\r\nPING\r\n');
    await until('the subscription', () => lazy.heard.text.includes('PONG'));
    lazy.socket.pause();
    const [sender, reader] = [
      await natsTransport({ servers: bus.url }),
      await natsTransport({ servers: bus.url }),
    ];
    let received = 0;
    reader.subscribe('flood', () => {
      received += 1;
    });
    await reader.flush();
    const block = new Uint8Array(500_000);
    for (let sent = 1; sent <= 40; sent += 1) {
      sender.publish('flood', block);
      // One at a time: on a busy machine the reader would fall behind, and be cut off as well.
      await until('the block at the reader', () => received === sent);
    }
    lazy.socket.resume();
    await until('the lazy one to be cut off', () => lazy.heard.closed);
    await Promise.all([sender.close(), reader.close()]);
  });

  it('does not wait for ever for a dismissed client to read the reason', async () => {
    const bus = await start();
    const [lazy, sender] = [await dial(bus), await dial(bus)];
    lazy.socket.write('SUB flood 1\r\nPING\r\n');
    await until('the subscription', () => lazy.heard.text.includes('PONG'));
    lazy.socket.pause();
    const block = `PUB flood 1000000\r\n${'x'.repeat(1_000_000)}\r\n`;
    sender.socket.write(`CONNECT {"verbose":false}\r\n${block.repeat(20)}PING\r\n`);
    await until('the flood', () => sender.heard.text.includes('PONG'));
    lazy.socket.write('NONSENSE\r\n');
    await until('the reset', () => {
      lazy.socket.write('x');
      return lazy.heard.closed;
    });
  });

  it('gives up a client that answers no pings, with a word', async () => {
    const bus = await start({ pingIntervalMs: 20 });
    const { heard } = await dial(bus);
    await until('the end', () => heard.closed);
    expect(heard.text).toMatch(/(PING\r\n){2}-ERR 'Stale Connection'\r\n$/);
  });

  it('keeps a client that answers pings', async () => {
    const bus = await start({ pingIntervalMs: 20 });
    const { socket, heard } = await dial(bus);
    socket.on('data', (chunk: string) => {
      for (const _ of chunk.match(/PING\r\n/g) ?? []) socket.write('PONG\r\n');
    });
    await until('ten pings', () => (heard.text.match(/PING/g) ?? []).length >= 10);
    expect(heard.closed).toBe(false);
  });

  it('gives up a client that does not say who it is', async () => {
    const bus = await start({ token: 'sesame', authTimeoutMs: 30 });
    const [silent, known] = [await dial(bus), await dial(bus)];
    known.socket.write('CONNECT {"auth_token":"sesame","verbose":false}\r\n');
    await until('the end', () => silent.heard.closed);
    expect(silent.heard.text).toMatch(/"auth_required":true.*-ERR 'Authentication Timeout'\r\n$/s);
    known.socket.write('PING\r\n');
    await until('the answer', () => known.heard.text.includes('PONG'));
  });

  it('refuses connections above its bound and takes new ones when there is room', async () => {
    const bus = await start();
    const all = await Promise.all(Array.from({ length: BUS_MAX_CONNECTIONS }, () => dial(bus)));
    await until('all greetings', () => all.every(({ heard }) => heard.text !== ''));
    const refused = await dial(bus);
    await until('the refusal', () => refused.heard.closed);
    expect(refused.heard.text).toMatch(/-ERR 'maximum connections exceeded'\r\n$/);
    all[0]?.socket.destroy();
    await until('room', () => all[0]?.heard.closed === true);
    const later = await dial(bus);
    later.socket.write('PING\r\n');
    await until('the answer', () => later.heard.text.includes('PONG'));
  });

  it('shares the messages of a queue group among its members', async () => {
    const bus = await start();
    const member = await connect({ servers: bus.url });
    const counts = [0, 0, 0];
    for (const index of counts.keys()) {
      member.subscribe('work', {
        queue: 'crew',
        callback: () => {
          counts[index] = (counts[index] ?? 0) + 1;
        },
      });
    }
    for (let sent = 0; sent < 300; sent += 1) member.publish('work');
    await member.flush();
    await member.close();
    expect(counts.reduce((sum, count) => sum + count)).toBe(300);
    // Chances that one of three gets fewer than 50 of 300 are below one in a billion.
    expect(Math.min(...counts)).toBeGreaterThan(50);
  });

  it('forgets a client that is gone', async () => {
    const bus = await start();
    const [gone, sender] = [await dial(bus), await dial(bus)];
    gone.socket.write('SUB x 1\r\nPING\r\n');
    await until('the subscription', () => gone.heard.text.includes('PONG'));
    gone.socket.destroy();
    sender.socket.write(
      'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB r 1\r\n',
    );
    await until('the report that nobody listens', () => {
      sender.socket.write('PUB x r 0\r\n\r\n');
      return sender.heard.text.includes('503');
    });
  });

  it('survives hostile bytes and serves the others meanwhile', async () => {
    const bus = await start();
    const [a, b] = [
      await natsTransport({ servers: bus.url }),
      await natsTransport({ servers: bus.url }),
    ];
    let received = 0;
    b.subscribe('life', () => {
      received += 1;
    });
    await b.flush();
    const words = ['PUB', 'HPUB', 'SUB', 'UNSUB', 'CONNECT {', '}', ' ', '\t', '\r\n', '\n', '7'];
    const more = ['999999999', '>', '*', '..', '"', '\0', '\xff', '__proto__', 'NATS/1.0'];
    const attack = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.constantFrom(...words, ...more), { maxLength: 60 })
        .map((all) => Buffer.from(all.join(''), 'latin1')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(attack, { minLength: 1, maxLength: 5 }), async (chunks) => {
        const { socket } = await dial(bus);
        for (const chunk of chunks) socket.write(chunk);
        socket.resetAndDestroy();
        const before = received;
        a.publish('life', new Uint8Array(1));
        await until('a sign of life', () => received > before);
      }),
      { numRuns: 150 },
    );
    await Promise.all([a.close(), b.close()]);
  });

  it('says where it listens, also on IPv6', async () => {
    const bus = await start();
    expect(bus.url).toBe(`nats://127.0.0.1:${bus.port}`);
    const six = await start({ host: '::1' }).catch((error: NodeJS.ErrnoException) => error);
    // A machine without IPv6 cannot show it.
    if (six instanceof Error) expect(six.message).toMatch(/EADDRNOTAVAIL|EAFNOSUPPORT/);
    else expect(six.url).toBe(`nats://[::1]:${six.port}`);
  });

  it('ends all connections when closed, once', async () => {
    const bus = await startEmbeddedBus();
    const { heard } = await dial(bus);
    await Promise.all([bus.close(), bus.close()]);
    await until('the end', () => heard.closed);
    await expect(startEmbeddedBus({ port: bus.port }).then((again) => again.close())).resolves.toBe(
      undefined,
    );
  });

  it.each([
    [{ port: -1 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ host: '' }, 'host'],
    [{ pingIntervalMs: 0 }, 'pingIntervalMs'],
    [{ authTimeoutMs: Number.POSITIVE_INFINITY }, 'authTimeoutMs'],
    [{ maxOutboundBytes: -1 }, 'maxOutboundBytes'],
    [{ token: '' }, 'token'],
    [{ pass: 'x' }, 'user'],
  ])('refuses %j', async (options, option) => {
    const error = await startEmbeddedBus(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ option });
  });
});
