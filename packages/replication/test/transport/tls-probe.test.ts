import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Authority,
  type Certificate,
  hasOpenssl,
  makeAuthority,
} from '../../../../test/certificate-authority.js';
import { probeTls } from '../../src/transport/nats/tls-probe.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `localhost:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(!hasOpenssl)('a server that begins with TLS', () => {
  let authority: Authority;
  let bus: Certificate;
  let ca: Buffer;

  beforeAll(() => {
    authority = makeAuthority();
    bus = authority.issue('bus');
    ca = readFileSync(authority.caFile);
  });
  afterAll(() => authority?.remove());

  function start(requestCert: boolean): Promise<string> {
    const own = { cert: readFileSync(bus.certFile), key: readFileSync(bus.keyFile) };
    return listen(createTlsServer({ ...own, ca, requestCert, rejectUnauthorized: requestCert }));
  }

  it('is heard when it misses a certificate', async () => {
    const { alert, untrusted } = await probeTls(await start(true), { ca }, true);
    expect([alert, untrusted]).toEqual(['certificate required', undefined]);
  });

  it('is not trusted without its authority', async () => {
    const { untrusted } = await probeTls(await start(false), {}, true);
    expect(untrusted).toBe('SELF_SIGNED_CERT_IN_CHAIN');
  });

  it('has nothing to be told of when it is content', async () => {
    expect(await probeTls(await start(false), { ca }, true)).toEqual({ offered: true });
  });
});

describe('a server that announces itself', () => {
  it.each([
    ['without TLS', ['INFO {"max_payload":1}\r\n'], { offered: false }],
    ['in pieces', ['INFO {"tls_requ', 'ired":true}\r\n'], { offered: true }],
    ['with a line that has no end', ['x'.repeat(70_000)], { offered: false }],
    ['and leaves', [], {}],
  ])('%s', async (_, pieces, expected) => {
    const server = createServer(async (socket) => {
      socket.on('error', () => {}).resume();
      for (const piece of pieces) {
        socket.write(piece);
        // Otherwise they would come in one.
        await delay(50);
      }
      socket.end();
    });
    expect(await probeTls(await listen(server), {}, false)).toEqual(expected);
  });

  it('only by a connection is given up after a while', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).resume());
    expect(await probeTls(await listen(server), {}, false)).toEqual({});
  });

  it('not at all is no riddle', async () => {
    const address = await listen(createServer());
    const [server] = servers.splice(0) as [Server];
    server.close();
    await once(server, 'close');
    expect(await probeTls(address, {}, false)).toEqual({});
  });
});
