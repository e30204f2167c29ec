import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../../test/find-program.mjs';
import { balance, closeAfterTest } from './support/bench.js';
import { makeCertificate, OPENSSL } from './support/certificates.js';
import { refusingUrl, startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const HAPROXY = findProgram('haproxy');
/** Another one than that from which HAProxy connects. */
const CLIENT = '127.0.0.5';

/** Asks from `CLIENT`; resolves with the status, or with undefined when there is no answer. */
function askFrom(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const options = { localAddress: CLIENT, agent: false, headers, rejectUnauthorized: false };
    const outgoing = request(url, options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    outgoing.on('error', () => resolve(undefined)).end();
  });
}

interface Proxied {
  readonly mode: 'tcp' | 'http';
  readonly bind?: string;
  readonly server?: string;
  readonly more?: string;
}

/** HAProxy before a balancer. */
async function startHaproxy(to: string, { mode, bind = '', server = '', more = '' }: Proxied) {
  const url = new URL(await refusingUrl());
  const folder = await mkdtemp(join(tmpdir(), 'balancer-haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  const times = 'timeout connect 2s\n  timeout client 5s\n  timeout server 5s';
  await writeFile(
    file,
    `listen front\n  mode ${mode}\n  ${times}\n  bind ${url.host} ${bind}\n` +
      `  ${more}\n  server balancer ${new URL(to).host} ${server}\n`,
  );
  const child = spawn(HAPROXY as string, ['-db', '-f', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  closeAfterTest({
    close: async () => {
      child.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true });
    },
  });
  const protocol = bind === '' ? 'http' : 'https';
  return {
    url: `${protocol}://${url.host}`,
    failure: () => (child.exitCode === null ? undefined : output),
  };
}

describe.skipIf(HAPROXY === null)('HAProxy in front', () => {
  test.each([
    ['version 1', 'send-proxy'],
    ['version 2', 'send-proxy-v2'],
    ['version 2 with a checksum', 'send-proxy-v2 proxy-v2-options crc32c'],
    ['version 1, with checks', 'send-proxy check inter 20ms'],
    ['version 2, with checks', 'send-proxy-v2 check inter 20ms'],
  ])('names its client in a PROXY header of %s', async (_name, server) => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { proxyProtocol: { trusted: ['127.0.0.1'] } });
    const { url, failure } = await startHaproxy(balancer.url, { mode: 'tcp', server });
    await until('it serves', async () => {
      if (failure() !== undefined) throw new Error(failure());
      return (await askFrom(url)) === 200;
    });
    expect(node.seen.at(-1)?.rawHeaders.join('|')).toContain(`X-Forwarded-For|${CLIENT}|`);
    expect(balancer.counters.refusals.get('proxy-header')).toBe(0);
    // Who does not come through it has no such header.
    expect(await askFrom(balancer.url)).toBe(200);
    expect(node.seen.at(-1)?.rawHeaders.join('|')).toContain(`X-Forwarded-For|${CLIENT}|`);
  });

  test.skipIf(OPENSSL === null)('tells in version 2 that it ended TLS', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { proxyProtocol: { trusted: ['127.0.0.1'] } });
    const { cert, key, certFile } = makeCertificate('shop.example');
    const both = `${certFile}.both`;
    await writeFile(both, Buffer.concat([cert, key]));
    const { url, failure } = await startHaproxy(balancer.url, {
      ...{ mode: 'tcp', bind: `ssl crt ${both}`, server: 'send-proxy-v2-ssl-cn' },
    });
    await until('it serves', async () => {
      if (failure() !== undefined) throw new Error(failure());
      return (await askFrom(url)) === 200;
    });
    expect(node.seen.at(-1)?.rawHeaders.join('|')).toContain(
      `X-Forwarded-For|${CLIENT}|X-Forwarded-Proto|https|`,
    );
  });

  test.skipIf(OPENSSL === null)('passes TLS on behind its header', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], {
      proxyProtocol: { trusted: ['127.0.0.1'] },
      tls: makeCertificate('shop.example'),
    });
    const front = await startHaproxy(balancer.url, { mode: 'tcp', server: 'send-proxy-v2' });
    await until('it serves', async () => {
      if (front.failure() !== undefined) throw new Error(front.failure());
      return (await askFrom(front.url.replace('http:', 'https:'))) === 200;
    });
    expect(node.seen.at(-1)?.rawHeaders.join('|')).toContain(
      `X-Forwarded-For|${CLIENT}|X-Forwarded-Proto|https|`,
    );
  });

  test('names its client in X-Forwarded-For, behind what the client made up', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { forwarded: { trusted: ['127.0.0.1'] } });
    const { url, failure } = await startHaproxy(balancer.url, {
      mode: 'http',
      more: 'option forwardfor\n  http-request set-header X-Forwarded-Proto https',
    });
    await until('it serves', async () => {
      if (failure() !== undefined) throw new Error(failure());
      return (await askFrom(url, { 'X-Forwarded-For': '10.1.1.1, 127.0.0.1' })) === 200;
    });
    expect(node.seen.at(-1)?.rawHeaders.join('|')).toContain(
      `X-Forwarded-For|${CLIENT}, 127.0.0.1|X-Forwarded-Proto|https|`,
    );
  });
});
