import { Controller, Get, Header, HttpCode, Module, Post, Res } from '@nestjs/common';
import type { Cluster, SessionStore } from '@understudy/replication';
import { afterEach, describe, expect, test } from 'vitest';
import { Authenticated, Session, SessionModule, type SessionModuleOptions } from '../src/index.js';
import { createTestCluster, FakeClock, type TestCluster } from '../src/testing/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS } from './support/start-app.js';
import { type RunningCluster, type RunningNode, startCluster } from './support/start-cluster.js';

const MINUTE_MS = 60_000;
const REQUESTS = 40;
const gate = new Gate();

interface Visits {
  visits?: number;
}

@Controller()
class VisitsController {
  @Get('plain')
  plain() {
    return { ok: true };
  }

  @Get('visits')
  visits(@Session() session: Session<Visits>) {
    return { visits: session.visits ?? 0 };
  }

  @Post('visits')
  @HttpCode(200)
  visit(@Session() session: Session<Visits>) {
    session.visits = (session.visits ?? 0) + 1;
    return { visits: session.visits };
  }

  /** A GET: the CSRF check of other methods looks at the session before the handler does. */
  @Get('late')
  async late(@Session() session: Session<Visits>) {
    await gate.pass('late');
    session.visits = (session.visits ?? 0) + 1;
    return { visits: session.visits };
  }

  @Get('tagged')
  @HttpCode(304)
  @Header('ETag', '"one"')
  tagged() {}

  /** Writes to Node's response by itself, in pieces, having changed the session before. */
  @Get('streamed')
  streamed(@Session() session: Session<Visits>, @Res() reply: RawReply) {
    session.visits = (session.visits ?? 0) + 1;
    reply.hijack?.();
    const response = reply.raw ?? reply;
    response.write('a');
    response.end('b');
  }

  @Get('guarded')
  @Authenticated()
  guarded() {
    return { ok: true };
  }
}

@Module({ imports: [SessionModule.forRoot()], controllers: [VisitsController] })
class VisitsModule {}

interface RawReply {
  readonly raw?: RawReply;
  hijack?(): void;
  write(text: string): void;
  end(text: string): void;
}

describe.each(ADAPTERS)('a session that nobody looks at, on %s', (adapter) => {
  let running: RunningCluster | undefined;

  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  async function start(): Promise<readonly RunningNode[]> {
    running = await startCluster({ adapter, size: 2, controllers: [VisitsController] });
    return running.nodes;
  }

  test('costs no question to the store and no message on the bus', async () => {
    const [node] = (await start()) as [RunningNode];
    const browser = node.browser();
    await browser.post('/visits');
    const asked = countCalls(node.cluster);
    const sent = countMessages(node);
    for (let request = 0; request < REQUESTS; request++) {
      expect((await browser.fetch('/plain')).status).toBe(200);
    }
    expect(asked()).toEqual([]);
    expect(sent().replication).toBe(0);
    // What is counted is really counted.
    await browser.post('/visits');
    expect(asked()).toEqual(['openNow', 'commit']);
    expect(sent().replication).toBeGreaterThan(0);
  });

  test('is not mentioned in the response, and sets no cookie', async () => {
    const [node] = (await start()) as [RunningNode];
    const browser = node.browser();
    await browser.post('/visits');
    for (const [method, path, headers] of [
      ['GET', '/plain', {}],
      ['HEAD', '/plain', {}],
      ['GET', '/tagged', { 'if-none-match': '"one"' }],
    ] as const) {
      const response = await browser.send(method, path, undefined, headers);
      expect(response.status).toBe(path === '/tagged' ? 304 : 200);
      expect(response.headers.get('session-info')).toBeNull();
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect((await browser.fetch('/visits')).headers.get('session-info')).toContain('node="n1"');
  });

  test('leaves the client without a cookie that it did not have (ASVS 7.6.2)', async () => {
    const [node] = (await start()) as [RunningNode];
    for (const path of ['/plain', '/visits', '/tagged']) {
      const response = await node.browser().fetch(path);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.get('session-info')).toBeNull();
    }
  });

  test('is told of its node again when the client carries another route', async () => {
    const [, other] = (await start()) as [RunningNode, RunningNode];
    const browser = (running as RunningCluster).nodes[0]?.browser();
    await browser?.post('/visits');
    const moved = browser?.at(other.url);
    moved?.cookies.delete('sid-route');
    const response = await moved?.fetch('/plain');
    expect(response?.headers.get('session-info')).toContain('rev="1.');
    expect(moved?.cookies.has('sid-route')).toBe(true);
  });

  test('has changed when a stream begins that followed its first change', async () => {
    const [node] = (await start()) as [RunningNode];
    const browser = node.browser();
    await browser.post('/visits');
    const before = browser.cookies.get('sid-route');
    const response = await browser.fetch('/streamed');
    expect(await response.text()).toBe('ab');
    expect(response.headers.get('session-info')).toContain('copies=1');
    expect(browser.cookies.get('sid-route')).not.toBe(before);
    expect(await browser.json('/visits')).toEqual({ visits: 2 });
  });

  test('ended meanwhile, it is refused by whoever asks for it', async () => {
    const [node, other] = (await start()) as [RunningNode, RunningNode];
    const browser = node.browser();
    await browser.post('/visits');
    const key = node.cluster.ledSessions()[0]?.key as string;
    await other.cluster.destroy(key, 'revoked');
    expect((await browser.fetch('/plain')).status).toBe(200);
    expect((await browser.fetch('/guarded')).status).toBe(401);
    expect(await browser.json('/visits')).toEqual({ visits: 0 });
  });

  test('is served to a handler that looks late, when its node was drained meanwhile', async () => {
    const [node, other] = (await start()) as [RunningNode, RunningNode];
    const browser = node.browser();
    await browser.post('/visits');
    const arrived = gate.hold('late');
    const answer = browser.fetch('/late');
    await arrived;
    await node.cluster.drain({ deadlineMs: 5000 });
    expect(other.cluster.ledSessions()).toHaveLength(1);
    gate.release('late');
    expect(await (await answer).json()).toEqual({ visits: 2 });
    expect(await browser.at(other.url).json('/visits')).toEqual({ visits: 2 });
  });
});

describe.each(ADAPTERS)('touch, on %s', (adapter) => {
  let cluster: TestCluster | undefined;
  let clock: FakeClock;

  afterEach(() => cluster?.close());

  async function start(options: SessionModuleOptions) {
    const chosen = { timeouts: { idle: '30m' }, ...options } as const;
    clock = new FakeClock();
    cluster = await createTestCluster({ module: VisitsModule, adapter, clock, options: chosen });
    const agent = cluster.agent();
    await agent.fetch('/visits', { method: 'POST' });
    return agent;
  }

  test.each([
    ['the default', {}, '/plain', 1],
    ['on-request', { touch: 'on-request' }, '/plain', 1],
    ['on-access', { touch: 'on-access' }, '/plain', 0],
    ['on-access', { touch: 'on-access' }, '/visits', 1],
  ] as const)(
    '%s: after 20 of 30 idle minutes and again, %o %s',
    async (_, options, path, visits) => {
      const agent = await start(options);
      await clock.advance(20 * MINUTE_MS);
      await agent.fetch(path);
      await clock.advance(20 * MINUTE_MS);
      expect(await (await agent.fetch('/visits')).json()).toEqual({ visits });
    },
  );

  test.each(['on-request', 'on-access'] as const)(
    '%s: a passive request extends nothing',
    async (touch) => {
      const agent = await start({ touch });
      await clock.advance(20 * MINUTE_MS);
      await agent.fetch('/visits', { headers: { 'session-passive': '?1' } });
      await clock.advance(20 * MINUTE_MS);
      expect(await (await agent.fetch('/visits')).json()).toEqual({ visits: 0 });
    },
  );
});

/** Calls that are questions or changes; a look at what is here, and a touch, are neither. */
const CALLS = [
  'open',
  'openNow',
  'commit',
  'create',
  'rotate',
  'reserve',
  'consume',
] as const satisfies readonly (keyof SessionStore)[];

function countCalls(cluster: Cluster): () => string[] {
  const calls: string[] = [];
  for (const name of CALLS) {
    const original = cluster[name]?.bind(cluster) as (...args: unknown[]) => unknown;
    Object.assign(cluster, {
      [name]: (...args: unknown[]) => {
        calls.push(name);
        return original(...args);
      },
    });
  }
  return () => calls.splice(0);
}

/**
 * Messages by lane: what becomes of a session goes on that of replication. On the others nodes tell
 * each other that they are alive and compare what they have, whatever is requested.
 */
function countMessages({ cable }: RunningNode): () => Record<string, number> {
  let counts: Record<string, number> = { replication: 0 };
  const publish = cable.publish.bind(cable);
  cable.publish = (subject, payload, options) => {
    const lane = options?.lane ?? 'default';
    counts[lane] = (counts[lane] ?? 0) + 1;
    publish(subject, payload, options);
  };
  return () => {
    const counted = counts;
    counts = { replication: 0 };
    return counted;
  };
}
