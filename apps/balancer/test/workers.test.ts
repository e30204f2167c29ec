import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { closeAfterTest } from './support/bench.js';
import { ask, openRaw, routeCookie } from './support/client.js';
import { startLoad } from './support/load.js';
import { isAlive, type MainBalancer, startWorkers } from './support/main-balancer.js';
import { startMain } from './support/main-process.js';
import { refusingUrl, startEchoNode, startNode, type TestNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const XHR = { 'X-Requested-With': 'test' };
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

async function nodes(...labels: string[]): Promise<TestNode[]> {
  return Promise.all(labels.map(async (label) => closeAfterTest(await startNode(label))));
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'balancer-'));
  closeAfterTest({ close: () => rm(path, { recursive: true }) });
  return path;
}

/** Both workers have the newest view there is. */
async function untilAgreed(main: MainBalancer): Promise<void> {
  await until('both have one view', async () => {
    const { workers } = await main.cluster();
    return workers.length === 2 && new Set(workers.map(({ view }) => view)).size === 1;
  });
}

describe('several workers', () => {
  test('send a session to the same node, and know what the primary knows', async () => {
    const [a, b, c, d] = (await nodes('a', 'b', 'c', 'd')) as [
      TestNode,
      TestNode,
      TestNode,
      TestNode,
    ];
    const main = await startWorkers([a, b, c, d], {
      ...{ BALANCER_HEALTH_INTERVAL_MS: '60000', BALANCER_CIRCUIT_OPEN_MS: '30000' },
    });
    let asked = 0;
    const whoHas = async (cookie: string): Promise<string> => {
      asked++;
      return (await ask(main.url, { headers: { cookie } })).body;
    };
    // New connections go to the workers in turn, so that each is asked about half of the time.
    const answers = async (cookie: string): Promise<string> => {
      const all = new Set<string>();
      for (let i = 0; i < 4; i++) all.add(await whoHas(cookie));
      return [...all].join(' ');
    };
    const refusals = async (): Promise<number> => {
      await until('all are counted', async () => (await main.metric('requests_total')) === asked);
      return main.metric('retries_total{reason="unreachable"}');
    };
    const ids = Array.from(
      { length: 12 },
      (_, index) => `sid=${String(index).padStart(43, 'x')}.1.y`,
    );
    const before = await Promise.all(ids.map(answers));
    for (const each of before) expect(each).toMatch(/^[abcd]$/);
    expect(new Set(before).size).toBeGreaterThan(1);

    await ask(`${main.admin}/api/nodes/a/drain`, { method: 'POST', headers: XHR });
    await until('both leave the draining node', async () => {
      return (await answers(routeCookie('a', 'c'))) === 'c';
    });
    for (const [index, id] of ids.entries()) {
      const now = await answers(id);
      if (before[index] === 'a') expect(now).toMatch(/^[bcd]$/);
      else expect(now).toBe(before[index]);
    }

    // One worker meets the refusal; the primary and the other one learn of it.
    await b.close();
    expect(await whoHas(routeCookie('b', 'd'))).toBe('d');
    await until('the primary shows it', async () => {
      const { nodes } = await main.cluster();
      return nodes.find(({ label }) => label === 'b')?.state === 'suspect';
    });
    await untilAgreed(main);
    const met = await refusals();
    expect(met).toBeGreaterThan(0);
    for (let i = 0; i < 6; i++) expect(await whoHas(routeCookie('b', 'd'))).toBe('d');
    expect(await refusals()).toBe(met);
    main.signal('SIGTERM');
    expect(await main.exit).toBe(0);
    expect(main.output().match(/balancer listening/g)).toHaveLength(1);
  }, 60_000);

  test('take over a new configuration, and write one access log', async () => {
    const [a, b] = (await nodes('a', 'b')) as [TestNode, TestNode];
    const path = await folder();
    const file = join(path, 'b.yaml');
    const write = (url: string, more: string) =>
      writeFile(file, `accessLog: ./access.log\nnodes: n=${url}\n${more}`);
    await write(a.url, '');
    const main = await startWorkers([], { BALANCER_NODES: '' }, ['--config', file]);
    const kept = await Promise.all([openRaw(main.url), openRaw(main.url)]);
    for (const { socket } of kept) socket.write(GET);
    for (const each of kept) await until('an answer', () => each.received().endsWith('a'));
    await write(b.url, 'limits: { requestsPerConnection: 1 }\n');
    main.signal('SIGHUP');
    await until('it is reloaded', () => main.output().includes('configuration reloaded'));
    for (const each of kept) {
      await until('the new node answers', async () => {
        each.socket.write(GET);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return each.received().endsWith('b');
      });
      each.socket.write(GET.repeat(2));
      await until('the new bound holds', () => each.received().includes(' 503 '));
      each.socket.destroy();
    }
    const old = await main.ready();
    main.signal('SIGUSR2');
    await until('they are replaced', () => main.output().includes('workers replaced'), 30_000);
    expect((await main.ready()).filter((pid) => old.includes(pid))).toEqual([]);
    const pipelining = await openRaw(main.url);
    pipelining.socket.write(GET.repeat(2));
    await until('it holds in new ones', () => pipelining.received().includes(' 503 '));
    pipelining.socket.destroy();
    const text = await readFile(join(path, 'access.log'), 'utf8');
    const lines = text.trimEnd().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ method: 'GET' });
    expect(lines.length).toBeGreaterThan(4);
    main.signal('SIGTERM');
    expect(await main.exit).toBe(0);
  }, 60_000);
});

test('a worker that is killed takes its own connections along and nothing else', async () => {
  const [a] = (await nodes('a')) as [TestNode];
  const main = await startWorkers([a]);
  // Who is back before the primary has noticed may be handed to the dead one once more.
  const load = startLoad(main.url, 8, 1, 500);
  await until('there is load', () => load.answered() > 200);
  const before = await main.ready();
  expect(before).toHaveLength(2);
  let highest = 0;
  const watch = async (): Promise<void> => {
    const total = await main.metric('node_requests_total{node="a"}');
    expect(total).toBeGreaterThanOrEqual(highest);
    highest = total;
  };
  await until('they are counted', async () => (await main.metric('requests_total')) > 200);
  await watch();
  process.kill(before[0] as number, 'SIGKILL');
  await until(
    'another one takes its place',
    async () => {
      await watch();
      const now = await main.ready();
      return now.length === 2 && !now.includes(before[0] as number);
    },
    30_000,
  );
  const answered = load.answered();
  await until('all go on', async () => {
    await watch();
    return load.answered() > answered + 200;
  });
  await load.stop();
  const failed = load.clients.filter(({ failures }) => failures.length > 0);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(8);
  for (const { failures } of failed) expect(failures).toHaveLength(1);
  expect(main.output()).toContain(`worker ${before[0]} ended by SIGKILL; another one in `);
  expect(await main.metric('worker_deaths_total')).toBe(1);
  // Counts of the dead one, but for those of its last half second.
  await until('all are counted', async () => {
    return (await main.metric('requests_total')) >= load.answered() * 0.5;
  });
}, 60_000);

test('workers are replaced under load and no request fails', async () => {
  const echo = closeAfterTest(await startEchoNode('a'));
  const main = await startWorkers([{ label: 'a', url: echo.url }], {
    BALANCER_TIMEOUTS_STOP_MS: '1000',
  });
  const upgrade = GET.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const tunnel = await openRaw(main.url);
  tunnel.socket.write(upgrade);
  await until('the tunnel is open', () => tunnel.received().includes(' 101 '));
  const idle = await openRaw(main.url);
  idle.socket.write(GET);
  await until('it has its answer', () => idle.received().endsWith('a'));
  const load = startLoad(main.url, 6, 1);
  await until('there is load', () => load.answered() > 100);
  let total = 0;
  const old = await main.ready();
  const answer = await ask(`${main.admin}/api/workers/replace`, { method: 'POST', headers: XHR });
  expect(answer.status).toBe(202);
  await until(
    'all are replaced',
    async () => {
      const now = await main.metric('requests_total');
      expect(now).toBeGreaterThanOrEqual(total);
      total = now;
      if (!tunnel.socket.destroyed) tunnel.socket.write('ping');
      return main.output().includes('workers replaced');
    },
    30_000,
  );
  for (const pid of old) expect(isAlive(pid)).toBe(false);
  expect(await main.ready()).toHaveLength(2);
  const answered = load.answered();
  await until('new workers serve', () => load.answered() > answered + 100);
  await load.stop();
  expect(load.clients.flatMap(({ failures }) => failures)).toEqual([]);
  expect(await main.metric('worker_deaths_total')).toBe(0);
  // The tunnel was used until the time to stop was over, and then closed.
  expect(await tunnel.closed).toContain('ping');
  expect(await idle.closed).toMatch(/a$/);
  await until('every request is counted', async () => {
    return (await main.metric('requests_total')) === load.answered() + 2;
  });
  main.signal('SIGTERM');
  expect(await main.exit).toBe(0);
}, 90_000);

test('a stop finishes what is under way in every worker', async () => {
  const held: { end(text: string): unknown }[] = [];
  const a = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
  const main = await startWorkers([a]);
  const answers = [ask(main.url), ask(main.url), ask(main.url)];
  await until('the node has them', () => held.length === 3);
  const workers = await main.ready();
  main.signal('SIGTERM');
  await until('it drains', async () => (await ask(`${main.admin}/healthz`)).status === 404);
  for (const each of held) each.end('done');
  for (const answer of answers) expect((await answer).body).toBe('done');
  expect(await main.exit).toBe(0);
  for (const pid of workers) expect(isAlive(pid)).toBe(false);
}, 60_000);

test('workers whose primary is killed finish what is under way and end', async () => {
  const held: { end(text: string): unknown }[] = [];
  const a = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
  const main = await startWorkers([a]);
  const answers = [ask(main.url), ask(main.url)];
  await until('the node has them', () => held.length === 2);
  const workers = await main.ready();
  main.signal('SIGKILL');
  await main.exit;
  for (const each of held) each.end('done');
  for (const answer of answers) expect((await answer).body).toBe('done');
  await until('they have ended', () => !workers.some(isAlive));
}, 60_000);

test('a worker that is told to end by an operator is replaced, and fails nobody', async () => {
  const [a] = (await nodes('a')) as [TestNode];
  const main = await startWorkers([a]);
  const [pid] = await main.ready();
  process.kill(pid as number, 'SIGTERM');
  await until(
    'another one is there',
    async () => {
      expect((await ask(main.url)).body).toBe('a');
      const now = await main.ready();
      return now.length === 2 && !now.includes(pid as number);
    },
    30_000,
  );
  expect(main.output()).toContain(`worker ${pid} ended with code 0`);
}, 60_000);

test('a worker that stands still is replaced, and the others serve meanwhile', async () => {
  const [a] = (await nodes('a')) as [TestNode];
  const main = await startWorkers([a], { BALANCER_TIMEOUTS_WORKER_SILENT_MS: '5000' });
  const [pid] = await main.ready();
  process.kill(pid as number, 'SIGSTOP');
  // One that is handed to it waits there; all others go elsewhere.
  const clients = await Promise.all(Array.from({ length: 4 }, () => openRaw(main.url)));
  for (const { socket } of clients) socket.write(GET);
  const served = () => clients.filter((client) => client.received().endsWith('a')).length;
  await until('the other one serves', () => served() >= 3);
  await until(
    'another one is there',
    async () => {
      const now = await main.ready();
      return now.length === 2 && !now.includes(pid as number);
    },
    30_000,
  );
  expect(main.output()).toContain(`worker ${pid} does not say anything any more and is killed`);
  expect(isAlive(pid as number)).toBe(false);
  for (const client of clients) {
    if (!client.received().endsWith('a')) await client.closed;
    client.socket.destroy();
  }
}, 60_000);

test('a port that is taken is told once, and nobody is left', async () => {
  const [a] = (await nodes('a')) as [TestNode];
  const main = closeAfterTest(
    startMain({
      ...{ PORT: String(a.port), ADMIN_PORT: '0', BALANCER_CONFIG: '', UNDERSTUDY_BUS: '' },
      ...{ BALANCER_WORKERS: '2', BALANCER_NODES: `a=${await refusingUrl()}` },
    }),
  );
  expect(await main.exit).toBe(1);
  expect(main.output().trim()).toBe(`balancer: cannot listen on 127.0.0.1:${a.port}`);
}, 60_000);

test('connections beyond the bound of every worker are closed', async () => {
  const [a] = (await nodes('a')) as [TestNode];
  const main = await startWorkers([a], { BALANCER_LIMITS_CLIENT_CONNECTIONS: '2' });
  const clients = await Promise.all(Array.from({ length: 7 }, () => openRaw(main.url)));
  const open = () => clients.filter(({ socket }) => !socket.destroyed);
  await until('three are closed', () => open().length === 4);
  for (const client of open()) {
    client.socket.write(GET);
    await until('it is served', () => client.received().endsWith('a'));
  }
  open()[0]?.socket.destroy();
  await until('there is room again', async () => (await ask(main.url).catch(() => 0)) !== 0);
  for (const { socket } of clients) socket.destroy();
}, 60_000);

test('one process has no workers, and is not ended by the question', async () => {
  const [a] = (await nodes('a')) as [TestNode];
  const main = await startWorkers([a], { BALANCER_WORKERS: '1' });
  const answer = await ask(`${main.admin}/api/workers/replace`, { method: 'POST', headers: XHR });
  expect(answer.status).toBe(404);
  main.signal('SIGUSR2');
  await until('it says so', () => main.output().includes('there are no workers to replace'));
  expect(await main.cluster()).not.toHaveProperty('workers');
  expect((await ask(main.url)).body).toBe('a');
}, 60_000);
