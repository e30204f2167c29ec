import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, routeCookie, sendRaw } from './support/client.js';
import { startNode } from './support/upstream-node.js';

describe('passing requests on', () => {
  test('a session goes to the owner its route cookie names', async () => {
    const nodes = await Promise.all(['a', 'b', 'c'].map((label) => startNode(label)));
    nodes.forEach(closeAfterTest);
    const balancer = await balance(nodes);
    for (const label of ['b', 'c', 'a', 'b']) {
      const answer = await ask(balancer.url, { headers: { cookie: routeCookie(label, 'a') } });
      expect(answer.body).toBe(label);
    }
  });

  test('the path reaches the node byte for byte', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node]);
    const path = '/a/../%2e%2e/b//c;p=1?x=%41&y=%';
    await sendRaw(balancer.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(node.seen[0]?.url).toBe(path);
  });

  test('header fields keep their case, order and duplicates in both directions', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.writeHead(200, 'Fine', ['X-One', '1', 'set-cookie', 'a=1', 'Set-Cookie', 'b=2']);
        response.end('ok');
      }),
    );
    const balancer = await balance([node]);
    const answer = await sendRaw(
      balancer.url,
      'GET / HTTP/1.1\r\nHost: shop.example\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nConnection: close\r\n\r\n',
    );
    expect(node.seen[0]?.rawHeaders.join('|')).toContain('X-B|1|x-a|2|X-B|3');
    expect(answer).toContain('HTTP/1.1 200 Fine\r\n');
    expect(answer).toContain('X-One: 1\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\n');
  });
});
