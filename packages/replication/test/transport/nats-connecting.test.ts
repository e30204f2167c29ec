import { connect as connect3, headers } from '@nats-io/transport-node';
import { connect as connect2 } from 'nats';
import { afterEach, describe, expect, it } from 'vitest';
import { TransportClosedError, TransportConnectError } from '../../src/errors.js';
import {
  type EmbeddedBus,
  type EmbeddedBusOptions,
  type NatsTransportOptions,
  type NatsWaiting,
  natsTransport,
  startEmbeddedBus,
  type Transport,
  type TransportStatus,
} from '../../src/transport/index.js';
import { freePort } from './free-port.js';
import { converse } from './raw-conversation.js';
import { SeverableProxy } from './severable-proxy.js';
import { until } from './until.js';

const buses: EmbeddedBus[] = [];
const transports: Transport[] = [];
const silent = { warn: () => {} };

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
});

async function start(options: EmbeddedBusOptions = {}): Promise<EmbeddedBus> {
  const bus = await startEmbeddedBus(options);
  buses.push(bus);
  return bus;
}

async function open(options: NatsTransportOptions): Promise<Transport> {
  const transport = await natsTransport({ logger: silent, ...options });
  transports.push(transport);
  return transport;
}

describe('a bus that is not there yet', () => {
  it('is waited for, and onWaiting says where and why', async () => {
    const port = await freePort();
    const waiting: NatsWaiting[] = [];
    const opening = open({
      servers: `nats://me:secret@127.0.0.1:${port}`,
      onWaiting: (event) => waiting.push(event),
    });
    await until('three attempts', () => waiting.length >= 3);
    await start({ port });
    await (await opening).flush();
    expect(waiting.map(({ attempt }) => attempt)).toEqual(waiting.map((_, index) => index + 1));
    expect(waiting[0]?.servers).toEqual([`127.0.0.1:${port}`]);
    expect(waiting[0]?.error.message).toMatch(/refused/);
    expect(JSON.stringify(waiting)).not.toContain('secret');
  });

  it('is given up after connectTimeoutMs', async () => {
    const port = await freePort();
    const error = await natsTransport({
      servers: [`127.0.0.1:${port}`],
      connectTimeoutMs: 120,
      onWaiting: () => {
        throw new Error('planted');
      },
      logger: silent,
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransportConnectError);
    expect(error).toMatchObject({ servers: [`127.0.0.1:${port}`], timeoutMs: 120 });
    expect((error as Error).message).toBe(`no bus at 127.0.0.1:${port} within 120 ms`);
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  it('is given up at once with waitOnFirstConnect: false', async () => {
    const waiting: NatsWaiting[] = [];
    const opening = natsTransport({
      servers: `127.0.0.1:${await freePort()}`,
      waitOnFirstConnect: false,
      onWaiting: (event) => waiting.push(event),
    });
    await expect(opening).rejects.toThrow(TransportConnectError);
    expect(waiting).toEqual([]);
  });

  it('may be the second of two', async () => {
    const bus = await start();
    const servers = [`127.0.0.1:${await freePort()}`, bus.url];
    const transport = await open({ servers, waitOnFirstConnect: false });
    await transport.flush();
  });
});

describe('connections of our own', () => {
  it('are gone once the transport is closed', async () => {
    const proxy = await SeverableProxy.inFrontOf((await start()).port);
    const transport = await open({ servers: `127.0.0.1:${proxy.port}` });
    expect(proxy.sockets).toBe(6);
    await transport.close();
    await until('no connection', () => proxy.sockets === 0);
    await proxy.cut();
  });

  it('are gone when one of them cannot be had', async () => {
    const proxy = await SeverableProxy.inFrontOf((await start()).port, 2);
    const servers = `127.0.0.1:${proxy.port}`;
    const waiting: NatsWaiting[] = [];
    const opening = natsTransport({
      servers,
      connectTimeoutMs: 400,
      onWaiting: (event) => waiting.push(event),
      logger: silent,
    });
    await expect(opening).rejects.toThrow(TransportConnectError);
    expect(waiting.length).toBeGreaterThan(0);
    await until('no connection', () => proxy.sockets === 0);
    await proxy.cut();
  });
});

describe('a bus that asks for credentials', () => {
  it.each<[string, EmbeddedBusOptions, (address: string) => NatsTransportOptions]>([
    ['a token', { token: 'sesame' }, (servers) => ({ servers, token: 'sesame' })],
    ['a token in the address', { token: 'sesame' }, (at) => ({ servers: `nats://sesame@${at}` })],
    ['a user', { user: 'ali', pass: 'b' }, (servers) => ({ servers, user: 'ali', pass: 'b' })],
    ['a user in the address', { user: 'ali', pass: 'b' }, (at) => ({ servers: `ali:b@${at}` })],
  ])('is satisfied with %s', async (_, wanted, options) => {
    const bus = await start(wanted);
    const transport = await open(options(`127.0.0.1:${bus.port}`));
    await transport.flush();
  });

  it('is asked again, because credentials are changed on both sides one after the other', async () => {
    const bus = await start({ token: 'new' });
    const waiting: NatsWaiting[] = [];
    const opening = open({
      servers: bus.url,
      token: 'old',
      onWaiting: (event) => waiting.push(event),
    });
    await until('some attempts', () => waiting.length >= 2);
    expect(waiting[0]?.error.message).toMatch(/authorization/i);
    await bus.close();
    await start({ port: bus.port, token: 'old' });
    await (await opening).flush();
  });
});

describe('a connection that is lent', () => {
  it.each([
    ['transport-node 3', connect3],
    ['nats 2', connect2],
  ])('of %s stays open, without our subscriptions', async (_, connect) => {
    const bus = await start();
    const connection = await connect({ servers: bus.url });
    const transport = await open({ connection });
    const heard: string[] = [];
    transport.subscribe('x', ({ subject }) => heard.push(subject));
    await transport.flush();
    await transport.close();
    expect(connection.isClosed()).toBe(false);
    const other = await connect3({ servers: bus.url });
    other.publish('x');
    await other.flush();
    await connection.flush();
    expect(heard).toEqual([]);
    await Promise.all([connection.close(), other.close()]);
  });

  it.each([
    ['transport-node 3', connect3],
    ['nats 2', connect2],
  ])('of %s takes the transport along when its owner closes it', async (_, connect) => {
    const bus = await start();
    const connection = await connect({ servers: bus.url });
    const transport = await open({ connection });
    const seen: TransportStatus[] = [];
    transport.onStatus((status) => seen.push(status));
    await connection.close();
    expect(() => transport.publish('x', new Uint8Array(0))).not.toThrow(TypeError);
    await until('closed', () => seen.at(-1)?.kind === 'closed');
    expect(() => transport.publish('x', new Uint8Array(0))).toThrow(TransportClosedError);
    await expect(transport.flush()).rejects.toThrow(TransportClosedError);
  });

  it.each([
    ['transport-node 3', connect3],
    ['nats 2', connect2],
  ])('of %s leaves no flush waiting when its owner closes it', async (_, connect) => {
    const bus = await start();
    const connection = await connect({ servers: bus.url });
    const transport = await open({ connection });
    const flushed = transport.flush().catch((reason: unknown) => reason);
    await Promise.resolve();
    await connection.close();
    expect(await flushed).toBeInstanceOf(TransportClosedError);
  });

  it('that has used up its reconnect attempts ends the transport and says why', async () => {
    const bus = await start();
    const options = { servers: bus.url, maxReconnectAttempts: 2, reconnectTimeWait: 5 };
    const transport = await open({ connection: await connect3(options) });
    const seen: TransportStatus[] = [];
    transport.onStatus((status) => seen.push(status));
    await bus.close();
    await until('closed', () => seen.at(-1)?.kind === 'closed');
    expect(seen.map(({ kind }) => kind)).toEqual(['connected', 'disconnected', 'closed']);
    expect(seen.at(-1)).toMatchObject({ cause: expect.any(Error) });
    const late = await transport.flush().catch((reason: unknown) => reason);
    expect(late).toBeInstanceOf(TransportClosedError);
    expect((late as Error).cause).toBeInstanceOf(Error);
  });

  it('that is down just now shows as disconnected until it is back', async () => {
    const bus = await start();
    const options = { servers: bus.url, maxReconnectAttempts: -1, reconnectTimeWait: 20 };
    const connection = await connect3(options);
    await bus.close();
    const transport = await open({ connection });
    const seen: string[] = [];
    transport.onStatus(({ kind }) => seen.push(kind));
    expect(seen).toEqual(['disconnected']);
    await start({ port: bus.port });
    await until('connected', () => seen.at(-1) === 'connected');
    await transport.flush();
    await transport.close();
    await connection.close();
  });
});

describe('a message published during an outage', () => {
  it.each([
    ['transport-node 3', connect3],
    ['nats 2', connect2],
  ])('is not kept by %s until the very turn it reconnects in', async (_, connect) => {
    const bus = await start();
    const proxy = await SeverableProxy.inFrontOf(bus.port);
    const servers = `127.0.0.1:${proxy.port}`;
    const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 10 });
    const [hit, other] = [await open({ connection }), await open({ servers: bus.url })];
    const received: string[] = [];
    other.subscribe('x', ({ payload }) => received.push(Buffer.from(payload).toString()));
    await other.flush();
    let status = '';
    hit.onStatus(({ kind }) => {
      status = kind;
    });
    await proxy.cut();
    await until('disconnected', () => status === 'disconnected');
    const mended = proxy.mend();
    while (status === 'disconnected') {
      hit.publish('x', Buffer.from('lost'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await mended;
    hit.publish('x', Buffer.from('kept'));
    await until('the later message', () => received.includes('kept'));
    expect(received).toEqual(['kept']);
    await hit.close();
    await connection.close();
    await proxy.cut();
  });
});

describe('what a stranger sends', () => {
  it('headers that cannot be read disturb nobody', async () => {
    const bus = await start();
    const warnings: string[] = [];
    const transport = await open({
      servers: bus.url,
      logger: { warn: (message) => warnings.push(message) },
    });
    const heard: string[] = [];
    transport.subscribe('x', ({ payload }) => heard.push(Buffer.from(payload).toString()));
    await transport.flush();
    const hello = 'CONNECT {"verbose":false,"headers":true}\r\n';
    const broken = 'NATS/1.0\r\nbro ken\u0001: x\r\n\r\n';
    const message = `HPUB x ${broken.length} ${broken.length + 2}\r\n${broken}hi\r\n`;
    await converse(bus.port, [{ client: 'a', send: `${hello}${message}PUB x 5\r\nafter\r\n` }]);
    await until('the next message', () => heard.includes('after'));
  });

  it('a copied mark only hides the message that carries it', async () => {
    const bus = await start();
    const transport = await open({ servers: bus.url });
    const heard: string[] = [];
    transport.subscribe('x', ({ payload }) => heard.push(Buffer.from(payload).toString()));
    await transport.flush();
    const stranger = await connect3({ servers: bus.url });
    const marked = headers();
    marked.set('Understudy-Origin', 'somebody-else');
    stranger.publish('x', 'marked', { headers: marked });
    stranger.publish('x', 'plain');
    await until('both', () => heard.length === 2);
    expect(heard).toEqual(['marked', 'plain']);
    await stranger.close();
  });
});
