import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, openRaw } from './support/client.js';
import { startMain } from './support/main-process.js';
import { startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

async function holdingNode() {
  const held: { end(text: string): unknown }[] = [];
  const node = await startNode('a', (_request, response) => held.push(response));
  return { node: closeAfterTest(node), held };
}

describe('stopping', () => {
  test('finishes what is under way, closes its connection and takes nothing new', async () => {
    const { node, held } = await holdingNode();
    const balancer = await balance([node], { timeouts: { stopMs: 10_000 } });
    const client = await openRaw(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the node has it', () => held.length === 1);
    const stopped = balancer.stop();
    await expect(openRaw(balancer.url)).rejects.toThrow('ECONNREFUSED');
    expect((await ask(`${balancer.adminUrl}/healthz`)).status).toBe(404);
    held[0]?.end('done');
    expect(await client.closed).toMatch(/Connection: close\r\n[\s\S]*done/);
    await stopped;
    await expect(openRaw(balancer.adminUrl)).rejects.toThrow('ECONNREFUSED');
  });

  test('cuts what does not end in time', async () => {
    const { node, held } = await holdingNode();
    const balancer = await balance([node], { timeouts: { stopMs: 50 } });
    const answer = ask(balancer.url);
    const cut = expect(answer).rejects.toThrow();
    await until('the node has it', () => held.length === 1);
    await balancer.stop();
    await cut;
  });

  test('can be asked for twice', async () => {
    const { node } = await holdingNode();
    const balancer = await balance([node]);
    await Promise.all([balancer.stop(), balancer.stop()]);
  });
});

describe('the program', () => {
  const free = { PORT: '0', ADMIN_PORT: '0' };

  function urlsIn(output: string) {
    const line = /^balancer listening on (http:\S+), admin (http:\S+)$/m.exec(output);
    return line && { url: line[1] as string, admin: line[2] as string };
  }

  test('prints where it listens, serves, and ends with its requests on SIGTERM', async () => {
    const { node, held } = await holdingNode();
    const main = closeAfterTest(startMain({ ...free, BALANCER_NODES: `a=${node.url}` }));
    await until('the line', () => urlsIn(main.output()) !== null);
    const urls = urlsIn(main.output());
    const answer = ask(urls?.url ?? '');
    await until('the node has the request', () => held.length === 1);
    main.signal('SIGTERM');
    await until('it drains', async () => (await ask(`${urls?.admin}/healthz`)).status === 404);
    held[0]?.end('done');
    expect((await answer).body).toBe('done');
    expect(await main.exit).toBe(0);
  });

  test('leaves Ctrl-C to its launcher when told to', async () => {
    const { node } = await holdingNode();
    const environment = { ...free, UNDERSTUDY_IGNORE_SIGINT: '1' };
    const main = closeAfterTest(startMain({ ...environment, BALANCER_NODES: `a=${node.url}` }));
    await until('the line', () => urlsIn(main.output()) !== null);
    main.signal('SIGINT');
    const { admin } = urlsIn(main.output()) as { admin: string };
    expect((await ask(`${admin}/api/cluster`)).status).toBe(200);
    main.signal('SIGTERM');
    expect(await main.exit).toBe(0);
  });

  test('says which variable is wrong, without a stack', async () => {
    const main = closeAfterTest(startMain({ ...free, BALANCER_NODES: 'a=ftp://x' }));
    expect(await main.exit).toBe(1);
    expect(main.output().trim()).toBe(
      'balancer: BALANCER_NODES: BALANCER_NODES[0].url is "ftp://x", ' +
        'expected http://host:port without a path',
    );
  });

  test('says when its port is taken', async () => {
    const { node } = await holdingNode();
    const port = String(node.port);
    const environment = { ...free, PORT: port, BALANCER_NODES: `a=${node.url}` };
    const main = closeAfterTest(startMain(environment));
    expect(await main.exit).toBe(1);
    expect(main.output()).toContain(`balancer: cannot listen on 127.0.0.1:${port}`);
  });
});
