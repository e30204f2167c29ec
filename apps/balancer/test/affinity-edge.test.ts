import { describe, expect, test } from 'vitest';
import type { AffinityMethod } from '../src/routing/affinity.js';
import { balance, closeAfterTest } from './support/bench.js';
import { makeCertificate, OPENSSL } from './support/certificates.js';
import { ask } from './support/client.js';
import { startWorkers } from './support/main-balancer.js';
import { openTls } from './support/tls-client.js';
import { startNode, type TestNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const GET = 'GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n';
const SECRET = 'a secret of at least 32 characters';

function startNodes(labels: string): Promise<TestNode[]> {
  return Promise.all([...labels].map(async (label) => closeAfterTest(await startNode(label))));
}

describe.skipIf(OPENSSL === null)('affinity by the session of TLS', () => {
  async function client(affinity: readonly AffinityMethod[]) {
    const { cert, key } = makeCertificate('shop.example');
    const { url } = await balance(await startNodes('abc'), {
      tls: { cert, key, sessionIds: true },
      ...{ affinity, assignment: 'round-robin' },
    });
    return async (options: object) => {
      const { socket, closed } = await openTls(url, options);
      const session = socket.getSession();
      socket.write(GET);
      return { session, body: (await closed).split('\r\n\r\n')[1] };
    };
  }

  test('brings a client of TLS 1.2 back, on every connection that resumes it', async () => {
    const connect = await client([{ by: 'tlsSession' }]);
    const options = { maxVersion: 'TLSv1.2' };
    const homes = new Set<string | undefined>();
    for (let i = 0; i < 12; i++) {
      const { session, body } = await connect(options);
      homes.add(body);
      for (let j = 0; j < 3; j++) expect((await connect({ ...options, session })).body).toBe(body);
    }
    expect(homes.size).toBeGreaterThan(1);
  });

  test('leaves a client of TLS 1.3 to the next method, or to be spread', async () => {
    const alone = await client([{ by: 'tlsSession' }]);
    const bodies: unknown[] = [];
    for (let i = 0; i < 3; i++) bodies.push((await alone({ minVersion: 'TLSv1.3' })).body);
    expect(bodies).toEqual(['a', 'b', 'c']);
    const connect = await client([{ by: 'tlsSession' }, { by: 'clientIp' }]);
    const { body } = await connect({ minVersion: 'TLSv1.3' });
    for (let i = 0; i < 3; i++) {
      expect((await connect({ minVersion: 'TLSv1.3' })).body).toBe(body);
    }
  });

  test('is one for all workers, and for those that replace them', async () => {
    const { certFile, keyFile } = makeCertificate('shop.example');
    const main = await startWorkers(await startNodes('abc'), {
      ...{ BALANCER_TLS_CERT_FILE: certFile, BALANCER_TLS_KEY_FILE: keyFile },
      ...{ BALANCER_TLS_SESSION_IDS: 'true', BALANCER_AFFINITY: 'tlsSession' },
      // By load, six that come one after the other may all go to the same node.
      BALANCER_ASSIGNMENT: 'round-robin',
    });
    const connect = async (session?: Buffer) => {
      const { socket, closed } = await openTls(main.url, { maxVersion: 'TLSv1.2', session });
      const isReused = socket.isSessionReused();
      const given = socket.getSession();
      socket.write(GET);
      return { isReused, session: given, body: (await closed).split('\r\n\r\n')[1] };
    };
    const clients: Awaited<ReturnType<typeof connect>>[] = [];
    for (let i = 0; i < 6; i++) clients.push(await connect());
    expect(new Set(clients.map(({ body }) => body)).size).toBeGreaterThan(1);
    const comeBack = async (): Promise<void> => {
      for (const { session, body } of clients) {
        // New connections go to the workers in turn.
        for (let j = 0; j < 2; j++) {
          expect(await connect(session)).toMatchObject({ isReused: true, body });
        }
      }
    };
    await comeBack();
    main.signal('SIGUSR2');
    await until('they are replaced', () => main.output().includes('workers replaced'), 30_000);
    await comeBack();
    main.signal('SIGHUP');
    await until('it is reloaded', () => main.output().includes('configuration reloaded'));
    // A session of before may have been of another certificate.
    expect((await connect(clients[0]?.session)).isReused).toBe(false);
  }, 60_000);
});

test('behind a trusted proxy the address, and https, are those of its clients', async () => {
  const balancer = await balance(await startNodes('abc'), {
    forwarded: { trusted: ['127.0.0.1'] },
    affinity: [{ by: 'clientIp' }, { by: 'cookie' }],
    cookie: { secrets: [SECRET] },
  });
  const from = async (address: string) => {
    const headers = { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
    const answer = await ask(balancer.url, { headers });
    expect(answer.headers['set-cookie']?.[0]).toContain('; Secure');
    return answer.body;
  };
  const homes = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const home = await from(`192.0.2.${i}`);
    expect(await from(`192.0.2.${i}`)).toBe(home);
    homes.add(home);
  }
  expect(homes.size).toBe(3);
});

test('workers believe each other’s cookies, and are measured together', async () => {
  const nodes = await startNodes('abc');
  const main = await startWorkers(nodes, {
    BALANCER_AFFINITY: 'cookie,header:X-User',
    BALANCER_ASSIGNMENT: 'round-robin',
    BALANCER_COOKIE_SECRETS: SECRET,
  });
  const homes = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const first = await ask(main.url);
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    const headers = { cookie: cookie.split(';', 1)[0] as string };
    // Each is a connection of its own, and they go to the workers in turn.
    for (let j = 0; j < 2; j++) {
      const next = await ask(main.url, { headers });
      expect(next.body).toBe(first.body);
      expect(next.headers['set-cookie']).toBeUndefined();
    }
    homes.add(first.body);
  }
  expect(homes.size).toBeGreaterThan(1);
  for (let i = 0; i < 12; i++) {
    const headers = { 'X-User': `user ${i}` };
    const bodies = new Set<string>();
    for (let j = 0; j < 2; j++) bodies.add((await ask(main.url, { headers })).body);
    expect(bodies.size).toBe(1);
  }
  const seen = nodes.map((node) => node.seen.length);
  const total = seen.reduce((sum, count) => sum + count, 0);
  const expected = (Math.max(...seen) * 3) / total;
  await until('all of it is told', async () => {
    const { imbalance } = (await main.cluster()) as unknown as {
      readonly imbalance: { readonly requests: number | null };
    };
    return Math.abs((imbalance.requests ?? 0) - expected) < 1e-9;
  });
});
