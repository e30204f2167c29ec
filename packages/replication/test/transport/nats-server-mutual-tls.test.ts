import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Authority,
  type Certificate,
  hasOpenssl,
  makeAuthority,
} from '../../../../test/certificate-authority.js';
import { TransportConnectError, TransportTlsError } from '../../src/errors.js';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { type NatsServerOptions, natsTransport } from '../../src/transport/index.js';
import { keyFor } from '../cluster/start-cluster.js';
import { NATS_SERVER, type RunningServer, startNatsServer } from './nats-server.js';
import { until } from './until.js';

const HOUR_MS = 3_600_000;

type Tls = NonNullable<NatsServerOptions['tls']>;

describe.skipIf(!NATS_SERVER || !hasOpenssl)('a bus that asks for client certificates', () => {
  let ours: Authority;
  let theirs: Authority;
  let bus: Certificate;
  let good: Certificate;
  let server: RunningServer;
  const nodes: SessionCluster[] = [];
  /** Those of one test, killed also where it fails. */
  const others: RunningServer[] = [];

  beforeAll(async () => {
    [ours, theirs] = [makeAuthority(), makeAuthority()];
    [bus, good] = [ours.issue('bus'), ours.issue('node')];
    server = await startServer(ours.caFile);
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    for (const other of others.splice(0)) await other.kill();
  });
  afterAll(async () => {
    await server?.kill();
    for (const authority of [ours, theirs]) authority?.remove();
  });

  function startServer(
    trusted: string,
    { port, log }: { readonly port?: number; readonly log?: string } = {},
  ): Promise<RunningServer> {
    const own = ['--tlscert', bus.certFile, '--tlskey', bus.keyFile];
    return startNatsServer({
      ...(port === undefined ? {} : { port }),
      args: ['--tlsverify', ...own, '--tlscacert', trusted, ...(log ? ['--log', log] : [])],
    });
  }

  async function startOther(
    trusted: string,
    options?: { readonly port?: number; readonly log?: string },
  ): Promise<RunningServer> {
    const other = await startServer(trusted, options);
    others.push(other);
    return other;
  }

  const servers = () => `tls://localhost:${server.port}`;

  async function startNode(id: string, tls: Tls): Promise<SessionCluster> {
    const transport = await natsTransport({ servers: servers(), tls });
    const cluster = { name: 'mutual-tls' };
    const node = await SessionCluster.start({ transport, cluster, node: { id, label: id } });
    nodes.push(node);
    return node;
  }

  it('takes two nodes that have one, and a change is held by both before it is answered (ASVS 12.3.5)', async () => {
    const read = (path: string) => readFileSync(path, 'utf8');
    const inline = { ca: read(ours.caFile), cert: read(good.certFile), key: read(good.keyFile) };
    const [one, two] = await Promise.all([
      startNode('n1', { caFile: ours.caFile, ...good }),
      startNode('n2', inline),
    ]);
    await vi.waitFor(() => {
      for (const node of [one, two]) {
        expect(node.members().filter(({ state }) => state === 'active')).toHaveLength(2);
      }
    }, 30_000);
    const key = keyFor(one);
    const lifetime = { idleTimeoutMs: HOUR_MS, absoluteTimeoutMs: HOUR_MS };
    await one.create({ key, data: { n: 0 }, system: {}, ...lifetime });
    const result = await one.commit({
      key,
      base: { epoch: 1, seq: 0 },
      operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
      durability: 'backup',
    });
    expect(result).toMatchObject({ status: 'committed', copies: 1 });
  });

  const faults: readonly [string, () => Tls, string, RegExp][] = [
    [
      'a node without one',
      () => ({ caFile: ours.caFile }),
      'client-certificate',
      /asks for a client certificate.*tls\.cert and tls\.key/,
    ],
    [
      'a node without one, over TLS 1.2',
      () => ({ caFile: ours.caFile, maxVersion: 'TLSv1.2' }) as Tls,
      'client-certificate',
      /asks for a client certificate/,
    ],
    [
      'a node with one of another authority',
      () => ({ caFile: ours.caFile, ...theirs.issue('stranger') }),
      'client-certificate',
      /refuses the certificate of this node \(\w+( \w+)*\)/,
    ],
    [
      'a node whose own has expired',
      () => ({ caFile: ours.caFile, ...ours.issue('late', { expired: true }) }),
      'client-certificate',
      /refuses the certificate of this node/,
    ],
    [
      'a node that does not trust its authority',
      () => ({ caFile: theirs.caFile, ...good }),
      'server-certificate',
      /certificate of the bus is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\).*tls\.ca/,
    ],
    [
      'a node that knows it by another name',
      () => ({ caFile: ours.caFile, ...good, servername: 'elsewhere' }) as Tls,
      'server-certificate',
      /not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    ],
    [
      'a node whose key belongs to another certificate',
      () => ({ caFile: ours.caFile, certFile: good.certFile, keyFile: bus.keyFile }),
      'own-certificate',
      /cannot be used \(ERR_OSSL_\w*KEY_VALUES_MISMATCH\)/,
    ],
    [
      'a node whose key is not there',
      () => ({ caFile: ours.caFile, certFile: good.certFile, keyFile: '/nowhere/node.key' }),
      'own-certificate',
      /tls\.keyFile cannot be read \(ENOENT\)/,
    ],
    [
      'a node that speaks another version of TLS',
      () => ({ caFile: ours.caFile, ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }) as Tls,
      'handshake',
      /no TLS that both speak/,
    ],
  ];

  it.each(faults)('%s is told why and tries no longer', async (_, tls, reason, why) => {
    const waiting: unknown[] = [];
    const options = { servers: servers(), tls: tls(), onWaiting: (w: unknown) => waiting.push(w) };
    const error = await natsTransport(options).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(TransportTlsError);
    expect(error).toBeInstanceOf(TransportConnectError);
    expect(error).toMatchObject({ code: 'ERR_TRANSPORT_TLS', reason });
    expect((error as Error).message).toMatch(why);
    expect((error as Error).message).toContain(`localhost:${server.port}`);
    expect(waiting).toEqual([]);
  });

  it('a key in place of the path to one is refused, and is not in the message', async () => {
    const key = readFileSync(good.keyFile, 'utf8');
    for (const keyFile of [key, key.replaceAll('\n', '\\n')]) {
      const tls = { caFile: ours.caFile, certFile: good.certFile, keyFile };
      const error = await natsTransport({ servers: servers(), tls }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'ERR_OPTION', option: 'tls.keyFile' });
      const [, material = ''] = key.split('\n');
      expect(material.length).toBeGreaterThan(20);
      expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain(material);
    }
  });

  it('a node that is refused while it runs goes on trying, says why once, and is back when it is taken again', async () => {
    const own = await startOther(ours.caFile);
    const { port } = own;
    const warnings: string[] = [];
    const transport = await natsTransport({
      servers: `tls://localhost:${port}`,
      lanes: 'one',
      tls: { caFile: ours.caFile, ...good },
      logger: { warn: (message) => warnings.push(message) },
    });
    let status = '';
    transport.onStatus(({ kind }) => {
      status = kind;
    });
    await own.kill();
    await until('disconnected', () => status === 'disconnected');
    const log = `${ours.caFile}.log`;
    const strict = await startOther(theirs.caFile, { port, log });
    const told = () => warnings.filter((text) => /refuses the certificate/.test(text));
    await until('the reason', () => told().length > 0);
    // Each attempt is two refusals there, for the reason is asked for separately.
    const refusals = () => readFileSync(log, 'utf8').split('TLS handshake error').length - 1;
    await until('more attempts', () => refusals() >= 6);
    await strict.kill();
    await startOther(ours.caFile, { port });
    await until('connected', () => status === 'connected');
    expect(told()).toHaveLength(1);
    await transport.close();
  });
});
