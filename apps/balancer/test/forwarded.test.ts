import { expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { makeCertificate, OPENSSL } from './support/certificates.js';
import { ask, sendRaw } from './support/client.js';
import { openTls } from './support/tls-client.js';
import { startNode, type TestNode } from './support/upstream-node.js';

function told(node: TestNode): Record<string, string> {
  const fields = node.seen.at(-1)?.rawHeaders ?? [];
  const pairs = fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1] ?? '']] : []));
  return Object.fromEntries(pairs.filter(([name]) => /forwarded|real-ip/i.test(name ?? '')));
}

const CLAIMS = {
  'X-Forwarded-For': '192.0.2.1',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'www.example',
  'X-Forwarded-Port': '1',
  'X-Real-IP': '192.0.2.1',
  Forwarded: 'for=192.0.2.9;proto=https;host=other.example',
  Host: 'shop.example',
};

test('nobody is believed unless told to', async () => {
  const node = closeAfterTest(await startNode('a'));
  const balancer = await balance([node]);
  await ask(balancer.url, { headers: CLAIMS });
  expect(told(node)).toEqual({
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'shop.example',
  });
});

test.each([
  [
    'x-forwarded',
    {
      'X-Forwarded-For': '192.0.2.1, 127.0.0.1',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'www.example',
    },
  ],
  ['forwarded', { Forwarded: 'for=192.0.2.9;host="other.example";proto=https, for=127.0.0.1' }],
  [
    'both',
    {
      'X-Forwarded-For': '192.0.2.1, 127.0.0.1',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'www.example',
      Forwarded: 'for=192.0.2.1;host="www.example";proto=https, for=127.0.0.1',
    },
  ],
] as const)('a proxy that is trusted is believed: %s', async (header, expected) => {
  const node = closeAfterTest(await startNode('a'));
  const balancer = await balance([node], { forwarded: { trusted: ['127.0.0.1'], header } });
  await ask(balancer.url, { headers: CLAIMS });
  expect(told(node)).toEqual(expected);
});

test('trailers cannot make it up either', async () => {
  const node = closeAfterTest(await startNode('a'));
  const balancer = await balance([node], { forwarded: { header: 'both' } });
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n';
  const trailers = 'Forwarded: for=1.2.3.4\r\nX-Forwarded-For: 1.2.3.4\r\nX-Other: 1\r\n';
  await sendRaw(balancer.url, `${head}\r\n1\r\na\r\n0\r\n${trailers}\r\n`);
  expect(told(node)).toMatchObject({ Forwarded: 'for=127.0.0.1;host="x";proto=http' });
});

test.skipIf(OPENSSL === null)('two balancers in a row tell the node of the client', async () => {
  const node = closeAfterTest(await startNode('a'));
  const inner = await balance([node], { forwarded: { trusted: ['127.0.0.0/8'] } });
  const outer = await balance([{ label: 'inner', url: inner.url }], {
    tls: makeCertificate('shop.example'),
    proxyProtocol: { trusted: ['127.0.0.0/8'] },
  });
  const preface = Buffer.from('PROXY TCP6 2001:db8::1 ::1 4711 443\r\n');
  const client = await openTls(outer.url, { preface });
  client.socket.write(
    'GET / HTTP/1.1\r\nHost: shop.example:8443\r\nX-Forwarded-For: 10.9.9.9\r\nConnection: close\r\n\r\n',
  );
  expect(await client.closed).toContain(' 200 OK');
  expect(told(node)).toEqual({
    'X-Forwarded-For': '2001:db8::1, 127.0.0.1',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'shop.example:8443',
  });
});
