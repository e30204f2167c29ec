import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AddressRanges } from '../src/edge/address-ranges.js';
import type { TlsOptions } from '../src/edge/certificates.js';
import { ConnectionCaps } from '../src/edge/connection-caps.js';
import { ConnectionGate } from '../src/edge/connection-gate.js';
import { TlsSessionCache } from '../src/edge/tls-session-cache.js';
import { TlsTermination } from '../src/edge/tls-termination.js';
import { OptionError } from '../src/errors.js';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../src/limits.js';
import { type ConnectionFacts, connectionFacts } from '../src/proxy/connection-facts.js';
import { balance, closeAfterTest } from './support/bench.js';
import { makeCertificate, OPENSSL } from './support/certificates.js';
import { openRaw } from './support/client.js';
import { startWorkers } from './support/main-balancer.js';
import { startMain } from './support/main-process.js';
import { openTls } from './support/tls-client.js';
import { startEchoNode, startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const GET = 'GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n';

/** With a port that has TLS, before a node that answers its label. */
async function secured(options: Partial<Parameters<typeof balance>[1]> = {}) {
  const node = closeAfterTest(await startNode('a'));
  const { cert, key } = makeCertificate('shop.example');
  const balancer = await balance([node], { tls: { cert, key }, ...options });
  return { node, balancer };
}

describe.skipIf(OPENSSL === null)('a port with TLS', () => {
  test('serves requests, and nodes hear that they were for https', async () => {
    const { node, balancer } = await secured();
    expect(balancer.url).toMatch(/^https:/);
    const client = await openTls(balancer.url, { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(client.socket.alpnProtocol).toBe('http/1.1');
    client.socket.write(GET);
    expect(await client.closed).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\na$/);
    const seen = node.seen[0]?.rawHeaders.join('|');
    expect(seen).toContain('X-Forwarded-For|127.0.0.1|X-Forwarded-Proto|https');
  });

  test('serves several requests on one connection, and bodies of any size', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response, body) => {
        response.end(`${createHash('sha256').update(body).digest('hex')}${'x'.repeat(1_000_000)}`);
      }),
    );
    const { cert, key } = makeCertificate('shop.example');
    const balancer = await balance([node], { tls: { cert, key } });
    const body = randomBytes(1_000_000).toString('hex');
    const hash = createHash('sha256').update(body).digest('hex');
    const client = await openTls(balancer.url);
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n`;
    client.socket.write(`${head}\r\n${body}${head}Connection: close\r\n\r\n${body}`);
    const text = await client.closed;
    expect(text.split(hash)).toHaveLength(3);
    expect(text.length).toBeGreaterThan(2_000_000);
  });

  test('passes WebSockets through', async () => {
    const node = closeAfterTest(await startEchoNode('a'));
    const { cert, key } = makeCertificate('shop.example');
    const balancer = await balance([{ label: 'a', url: node.url }], { tls: { cert, key } });
    const client = await openTls(balancer.url);
    client.socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await until('the tunnel is open', () => client.received().includes(' 101 '));
    client.socket.write('hello');
    await until('the tunnel echoes', () => client.received().endsWith('hello'));
    client.socket.destroy();
  });

  test('shows the certificate of the name that is asked for', async () => {
    const { cert, key } = makeCertificate('shop.example');
    const a = makeCertificate('a.example');
    const wild = makeCertificate('*.b.example');
    const sni = [
      { names: ['a.example', 'www.a.example'], cert: a.cert, key: a.key },
      { names: ['*.B.example'], cert: wild.cert, key: wild.key },
    ];
    const balancer = await balance([], { tls: { cert, key, sni } });
    const shown = async (servername?: string) => {
      const client = await openTls(balancer.url, servername === undefined ? {} : { servername });
      client.socket.destroy();
      return client.shown;
    };
    expect(await shown('A.example')).toBe('a.example');
    expect(await shown('www.a.example')).toBe('a.example');
    expect(await shown('x.b.example')).toBe('*.b.example');
    for (const other of ['b.example', 'x.y.b.example', 'other.example', undefined]) {
      expect(await shown(other)).toBe('shop.example');
    }
  });

  test.each<[string, object, object, boolean]>([
    ['TLS 1.2', {}, { maxVersion: 'TLSv1.2' }, true],
    ['TLS 1.3', {}, { minVersion: 'TLSv1.3' }, true],
    [
      'TLS 1.1',
      {},
      { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      false,
    ],
    ['TLS 1.2 where 1.3 is wanted', { minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }, false],
    ['HTTP/2 alone', {}, { ALPNProtocols: ['h2'] }, false],
  ])('%s', async (_name, more, options, isAccepted) => {
    const certificate = makeCertificate('shop.example');
    const a = { names: ['a.example'], cert: certificate.cert, key: certificate.key };
    const balancer = await balance([], { tls: { ...certificate, sni: [a], ...more } });
    for (const servername of ['a.example', 'other.example']) {
      const opening = openTls(balancer.url, { servername, ...options });
      if (isAccepted) (await opening).socket.destroy();
      else await expect(opening).rejects.toThrow();
    }
    await until('refusals are counted', () => {
      return balancer.counters.refusals.get('tls') === (isAccepted ? 0 : 2);
    });
  });

  test('a client that does not get on with its handshake is closed', async () => {
    const { balancer } = await secured({ timeouts: { tlsHandshakeMs: 50 } });
    const silent = await openRaw(balancer.url);
    expect(await silent.closed).toBe('');
    const stopped = await openRaw(balancer.url);
    stopped.socket.write(Buffer.from([22, 3, 1, 1, 0, 1]));
    expect(await stopped.closed).toBe('');
    await until('they are counted', () => balancer.counters.refusals.get('tls') === 2);
  });

  test('a client that is through with its handshake is not', async () => {
    const { balancer } = await secured({ timeouts: { tlsHandshakeMs: 50, clientHeadMs: 60_000 } });
    const client = await openTls(balancer.url);
    await new Promise((resolve) => setTimeout(resolve, 150));
    client.socket.write(GET);
    expect(await client.closed).toContain(' 200 OK');
  });

  test('no second handshake is made on a connection', async () => {
    const { balancer } = await secured();
    const client = await openTls(balancer.url, { maxVersion: 'TLSv1.2' });
    const refused = new Promise((resolve) => client.socket.once('error', resolve));
    client.socket.renegotiate({}, () => {});
    expect(String(await refused)).toMatch(/no.renegotiation/i);
  });

  test('a client that speaks without TLS is closed, and no node hears of it', async () => {
    const { node, balancer } = await secured();
    const client = await openRaw(balancer.url);
    client.socket.write(GET);
    await client.closed;
    expect(client.received()).not.toContain('HTTP');
    expect(node.sockets.size).toBe(0);
  });

  test('a head that does not come to its end is given up as without TLS', async () => {
    const { balancer } = await secured({ timeouts: { clientHeadMs: 100 } });
    const client = await openTls(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHos');
    expect(await client.closed).toMatch(/^HTTP\/1.1 408 /);
  });

  test('a refused request is answered and its connection closed', async () => {
    const { balancer } = await secured();
    const client = await openTls(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n');
    expect(await client.closed).toMatch(/^HTTP\/1.1 400 [\s\S]*more than one Host/);
  });

  test('connections in their handshake count, and do not keep the balancer from stopping', async () => {
    const { balancer } = await secured({ limits: { clientConnections: 2 } });
    const opened = [await openRaw(balancer.url), await openRaw(balancer.url)];
    const beyond = await openRaw(balancer.url);
    expect(await beyond.closed).toBe('');
    await balancer.stop();
    for (const { closed } of opened) expect(await closed).toBe('');
  });
});

describe.skipIf(OPENSSL === null)('certificates', () => {
  test('change for connections to come, and no open one notices', async () => {
    const { node, balancer } = await secured();
    const kept = await openTls(balancer.url);
    const { cert, key } = makeCertificate('new.example');
    const named = makeCertificate('named.example');
    const sni = [{ names: ['named.example'], cert: named.cert, key: named.key }];
    balancer.reconfigure({ tls: { cert, key, sni }, timeouts: { stopMs: 1 } });
    const fresh = await openTls(balancer.url);
    expect(fresh.shown).toBe('new.example');
    const other = await openTls(balancer.url, { servername: 'named.example' });
    expect(other.shown).toBe('named.example');
    for (const client of [kept, fresh, other]) {
      client.socket.write(GET);
      expect(await client.closed).toContain(' 200 OK');
    }
    expect(node.seen).toHaveLength(3);
  });

  test('that cannot be used are refused, and the former ones stay', async () => {
    const { balancer } = await secured();
    const [one, two] = [makeCertificate('a.example'), makeCertificate('b.example')];
    const mixed = { cert: one.cert, key: two.key };
    const bounds = { tls: mixed, timeouts: { firstByteMs: 20 } };
    expect(() => balancer.reconfigure(bounds)).toThrow(OptionError);
    expect(balancer.timeouts.firstByteMs).toBe(DEFAULT_TIMEOUTS.firstByteMs);
    const client = await openTls(balancer.url);
    expect(client.shown).toBe('shop.example');
    client.socket.destroy();

    const sni = (names: string[]) => ({ names, cert: one.cert, key: one.key });
    await expect(balance([], { tls: mixed })).rejects.toThrow(
      /^tls is "unusable", expected a cert/,
    );
    const faulty = { ...two, sni: [{ ...mixed, names: ['a.example'] }] };
    await expect(balance([], { tls: faulty })).rejects.toThrow(/^tls.sni\[0\] is "unusable"/);
    const twice = { ...two, sni: [sni(['a.example']), sni(['A.example'])] };
    await expect(balance([], { tls: twice })).rejects.toThrow(
      'tls.sni[1].names is "A.example", expected names, each once',
    );
    const short = { ...two, ticketKeys: Buffer.alloc(32) };
    await expect(balance([], { tls: short })).rejects.toThrow(
      'tls.ticketKeys is "32 bytes", expected 48 bytes',
    );
  });

  test('are read again on SIGHUP, and checked without a start', async () => {
    const node = closeAfterTest(await startNode('a'));
    const one = makeCertificate('one.example');
    const two = makeCertificate('two.example');
    const folder = dirname(one.certFile);
    const file = join(folder, 'b.yaml');
    const write = (tls: string) =>
      writeFile(file, `listen: { port: 0 }\nadmin: { port: 0 }\nnodes: a=${node.url}\n${tls}`);
    await write('tls: { certFile: cert.pem, keyFile: key.pem }\n');
    const environment = { UNDERSTUDY_BUS: '', BALANCER_NODES: '', BALANCER_CONFIG: '' };
    const start = (...parameters: string[]) =>
      closeAfterTest(startMain(environment, [...parameters, '--config', file]));
    const main = start();
    await until('it listens', () => main.output().includes('balancer listening'));
    const [, url = ''] = /on (\S+),/.exec(main.output()) ?? [];
    expect(url).toMatch(/^https:/);
    const kept = await openTls(url);
    expect(kept.shown).toBe('one.example');

    // Half of a change: the certificate is there already, its key is not.
    copyFileSync(two.certFile, one.certFile);
    main.signal('SIGHUP');
    await until('the fault is told', () => main.output().includes('the former one stays'));
    expect(main.output()).toContain('tls is unusable, expected a certificate and its key in PEM');
    const check = start('check');
    expect(await check.exit).toBe(1);
    expect(check.output()).toContain('tls is unusable, expected a certificate and its key in PEM');

    copyFileSync(two.keyFile, one.keyFile);
    main.signal('SIGHUP');
    await until('it is told', () => main.output().includes('configuration reloaded'));
    const fresh = await openTls(url);
    expect(fresh.shown).toBe('two.example');
    for (const client of [kept, fresh]) {
      client.socket.write(GET);
      expect(await client.closed).toContain(' 200 OK');
    }
    expect(await start('check').exit).toBe(0);

    await write('tls: { certFile: cert.pem, keyFile: none.pem }\n');
    const missing = start('check');
    expect(await missing.exit).toBe(1);
    expect(missing.output()).toContain(
      `tls.keyFile is "${join(folder, 'none.pem')}", expected a file that can be read (ENOENT)`,
    );
    await write('');
    main.signal('SIGHUP');
    const message = 'tls.certFile has changed and takes effect with the next start';
    await until('that needs a start', () => main.output().includes(message));
    main.signal('SIGTERM');
    expect(await main.exit).toBe(0);
  }, 60_000);
});

describe.skipIf(OPENSSL === null)('several workers', () => {
  test('resume what another began, take PROXY headers and read certificates again', async () => {
    const node = closeAfterTest(await startNode('a'));
    const [one, two] = [makeCertificate('one.example'), makeCertificate('two.example')];
    const main = await startWorkers([node], {
      BALANCER_TLS_CERT_FILE: one.certFile,
      BALANCER_TLS_KEY_FILE: one.keyFile,
      BALANCER_PROXY_PROTOCOL_TRUSTED: '127.0.0.1',
    });
    const preface = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r\n');
    const connect = (options: object = {}) =>
      openTls(main.url, { preface, maxVersion: 'TLSv1.2', ...options });
    const first = await connect();
    const session = first.socket.getSession();
    first.socket.destroy();
    // New connections go to the workers in turn.
    for (let i = 0; i < 4; i++) {
      const client = await connect({ session });
      expect(client.socket.isSessionReused()).toBe(true);
      client.socket.write(GET);
      expect(await client.closed).toContain(' 200 OK');
    }
    expect(node.seen.at(-1)?.rawHeaders.join('|')).toContain('X-Forwarded-For|192.0.2.1|');
    copyFileSync(two.certFile, one.certFile);
    copyFileSync(two.keyFile, one.keyFile);
    main.signal('SIGHUP');
    await until('it is reloaded', () => main.output().includes('configuration reloaded'));
    const isNew = async (): Promise<boolean> => {
      const clients = await Promise.all([connect(), connect()]);
      for (const { socket } of clients) socket.destroy();
      return clients.every(({ shown }) => shown === 'two.example');
    };
    await until('both show the new certificate', isNew);
    expect(await main.metric('refused_connections_total{reason="proxy-header"}')).toBe(0);
  }, 60_000);

  test('count the connections whose handshake is under way', async () => {
    const node = closeAfterTest(await startNode('a'));
    const certificate = makeCertificate('shop.example');
    const main = await startWorkers([node], {
      BALANCER_TLS_CERT_FILE: certificate.certFile,
      BALANCER_TLS_KEY_FILE: certificate.keyFile,
      BALANCER_LIMITS_CLIENT_CONNECTIONS: '1',
    });
    const opened = [await openRaw(main.url), await openRaw(main.url)];
    for (let i = 0; i < 2; i++) expect(await (await openRaw(main.url)).closed).toBe('');
    for (const { socket } of opened) socket.destroy();
  }, 60_000);
});

describe.skipIf(OPENSSL === null)('what is known of a TLS connection', () => {
  type Connect = Awaited<ReturnType<typeof facts>>;

  /** A server behind a gate that answers what it knows of the connection. */
  async function facts(sessionIds: boolean, maxSessions = 10, more: Partial<TlsOptions> = {}) {
    const certificate = makeCertificate('shop.example');
    const sni = [{ ...makeCertificate('a.example'), names: ['a.example'] }];
    const tls = { ...certificate, sni, sessionIds, ...more };
    const server = createServer((incoming, response) => {
      response.end(JSON.stringify(connectionFacts(incoming.socket)));
    });
    const gate = new ConnectionGate(
      {
        ...{ proxies: new AddressRanges([]), forwarders: new AddressRanges([]) },
        caps: new ConnectionCaps(0),
        ...{ limits: DEFAULT_LIMITS, timeouts: DEFAULT_TIMEOUTS, onRefused: () => {} },
      },
      (listener) => new TlsTermination(tls, new TlsSessionCache(maxSessions), listener),
    );
    gate.guard(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeAfterTest({
      close: async () => {
        server.close();
        server.closeAllConnections();
        gate.close();
      },
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return async (options: object) => {
      const client = await openTls(url, options);
      // With TLS 1.3 it comes after the handshake.
      let session = client.socket.getSession();
      client.socket.on('session', (later) => {
        session = later;
      });
      const isReused = client.socket.isSessionReused();
      client.socket.write(GET);
      const told = JSON.parse((await client.closed).split('\r\n\r\n')[1] ?? '') as ConnectionFacts;
      return { told, session, isReused };
    };
  }

  test('the id of a TLS 1.2 session, which is the same when it is resumed', async () => {
    const connect = await facts(true);
    const first = await connect({ maxVersion: 'TLSv1.2' });
    expect(first.told).toMatchObject({ address: '127.0.0.1', protocol: 'https' });
    expect(first.told.tlsSessionId).toMatch(/^[0-9a-f]{64}$/);
    const again = await connect({ maxVersion: 'TLSv1.2', session: first.session });
    expect(again.isReused).toBe(true);
    expect(again.told.tlsSessionId).toBe(first.told.tlsSessionId);
    const other = await connect({ maxVersion: 'TLSv1.2' });
    expect(other.told.tlsSessionId).not.toBe(first.told.tlsSessionId);
  });

  test.each([
    [true, 'TLSv1.2'],
    [false, 'TLSv1.2'],
    [false, 'TLSv1.3'],
  ] as const)(
    'a session is resumed under a further name (by id: %s, %s)',
    async (byId, version) => {
      const connect = await facts(byId);
      const options = { servername: 'a.example', maxVersion: version };
      const first = await connect(options);
      expect((await connect({ ...options, session: first.session })).isReused).toBe(true);
    },
  );

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a session is resumed by another process that has the same keys (%s)',
    async (maxVersion) => {
      const certificate = makeCertificate('shop.example');
      const ticketKeys = randomBytes(48);
      const [one, two] = await Promise.all(
        [ticketKeys, ticketKeys].map((keys) =>
          facts(false, 10, { ...certificate, ticketKeys: keys }),
        ),
      );
      const stranger = await facts(false, 10, certificate);
      const { session } = await (one as Connect)({ maxVersion });
      expect((await (two as Connect)({ maxVersion, session })).isReused).toBe(true);
      expect((await stranger({ maxVersion, session })).isReused).toBe(false);
    },
  );

  test('sessions are bounded, the oldest make room', async () => {
    const connect = await facts(true, 1);
    const first = await connect({ maxVersion: 'TLSv1.2' });
    await connect({ maxVersion: 'TLSv1.2' });
    const again = await connect({ maxVersion: 'TLSv1.2', session: first.session });
    expect(again.isReused).toBe(false);
  });

  test('no id with TLS 1.3, nor with tickets', async () => {
    const connect = await facts(true);
    expect((await connect({ minVersion: 'TLSv1.3' })).told.tlsSessionId).toBeUndefined();
    const ticketed = await facts(false);
    const first = await ticketed({ maxVersion: 'TLSv1.2' });
    expect(first.told.tlsSessionId).toBeUndefined();
    const again = await ticketed({ maxVersion: 'TLSv1.2', session: first.session });
    expect(again.isReused).toBe(true);
  });
});

test.skipIf(OPENSSL === null)(
  'a client of Node speaks with it as with any https server',
  async () => {
    const { balancer } = await secured();
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(
        balancer.url,
        { rejectUnauthorized: false, agent: false },
        (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode));
        },
      );
      outgoing.on('error', reject).end();
    });
    expect(status).toBe(200);
  },
);
