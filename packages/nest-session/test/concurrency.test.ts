import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OnConflict, Session, SessionLock } from '../src/index.js';
import type { Browser } from './support/browser.js';
import { Gate, type ShopData, shopController } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';
import { type RunningCluster, startCluster } from './support/start-cluster.js';

/** Lets nobody through before everybody is there. */
class Barrier {
  #missing = 0;
  #open: () => void = () => {};
  #opened: Promise<void> = Promise.resolve();

  expect(count: number): void {
    this.#missing = count;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  pass(): Promise<void> {
    this.#missing -= 1;
    if (this.#missing === 0) this.#open();
    return this.#opened;
  }
}

const barrier = new Barrier();
const gate = new Gate();
/** Handlers at work, and the most there ever were at once. */
const atWork = { now: 0, most: 0, begun: 0 };

@Controller()
class RacesController {
  @Post('race/:name')
  @OnConflict('reject')
  @HttpCode(200)
  async race(@Session() session: Session<ShopData>, @Param('name') name: string) {
    session[name] = Number(session[name] ?? 0) + 1;
    await barrier.pass();
    return {};
  }

  @Post('retry')
  @OnConflict('reject')
  @HttpCode(200)
  async retry(@Session() session: Session<ShopData>) {
    session.visits = (session.visits ?? 0) + 1;
    await barrier.pass();
    try {
      await session.save();
      return { tries: 1 };
    } catch (error) {
      await session.reload();
      session.visits = (session.visits ?? 0) + 1;
      return { tries: 2, code: (error as { code: string }).code };
    }
  }

  @Get('passive')
  @OnConflict('reject')
  async passive() {
    await barrier.pass();
    return {};
  }

  @Post('alone/:name')
  @SessionLock({ wait: '30s' })
  @HttpCode(200)
  async alone(@Session() session: Session<ShopData>, @Param('name') name: string) {
    atWork.begun += 1;
    atWork.now += 1;
    atWork.most = Math.max(atWork.most, atWork.now);
    const log = (session.log as string[] | undefined) ?? [];
    await gate.pass(name);
    session.log = [...log, name];
    atWork.now -= 1;
    return { seen: log.length };
  }

  @Post('impatient')
  @SessionLock({ wait: 0 })
  @HttpCode(200)
  impatient(@Session() session: Session<ShopData>) {
    session.impatient = true;
    return {};
  }

  @Post('short')
  @SessionLock({ lease: '1s', wait: '30s' })
  @HttpCode(200)
  async short(
    @Session() session: Session<ShopData>,
    @Body() body: { name: string; login?: boolean },
  ) {
    await gate.pass(body.name);
    session.short = body.name;
    if (body.login) await session.login('ada');
    return {};
  }

  @Post('rotate-race/:name')
  @OnConflict('reject')
  @HttpCode(200)
  async rotateRace(@Session() session: Session<ShopData>, @Param('name') name: string) {
    session.shared = name;
    await barrier.pass();
    await session.rotate();
    return {};
  }

  @Post('login-alone')
  @SessionLock()
  @HttpCode(200)
  async login(@Session() session: Session<ShopData>) {
    await session.login('ada');
    return {};
  }
}

@Controller('twice')
@SessionLock()
class TwiceController {
  @Post()
  @SessionLock({ wait: 0 })
  @HttpCode(200)
  twice() {
    return {};
  }
}

const controllers = [shopController(gate), RacesController, TwiceController];

const withSession = async (running: RunningApp): Promise<Browser> => {
  const browser = running.browser();
  await browser.post('/cart/lamp');
  return browser;
};

const outcome = async (response: Response) => [response.status, await response.json()];

describe.each(ADAPTERS)("onConflict: 'reject' on %s", (adapter) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ adapter, controllers });
  });
  afterAll(() => running.close());

  test('of 50 writers at once exactly one wins, every round', { timeout: 60_000 }, async () => {
    const browser = await withSession(running);
    for (let round = 1; round <= 5; round++) {
      barrier.expect(50);
      const responses = await Promise.all(
        Array.from({ length: 50 }, () => browser.post('/race/same')),
      );
      const statuses = responses.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array(49).fill(409)]);
      expect(await browser.json('/keys')).toMatchObject({ same: round });
    }
  });

  test('also when they change different properties, with a problem', async () => {
    const browser = await withSession(running);
    barrier.expect(2);
    const answers = await Promise.all(
      ['one', 'two'].map(async (name) => outcome(await browser.post(`/race/${name}`))),
    );
    expect(answers.map(([status]) => status).sort()).toEqual([200, 409]);
    expect(answers).toContainEqual([409, expect.objectContaining({ code: 'session-conflict' })]);
    const { one, two } = await browser.json<{ one?: number; two?: number }>('/keys');
    expect([one, two].filter((value) => value === 1)).toHaveLength(1);
  });

  test('of two that change a property and the id one is refused, and nothing is overwritten', async () => {
    const browser = await withSession(running);
    barrier.expect(2);
    const answers = await Promise.all(
      ['one', 'two'].map(async (name) => ({
        name,
        response: await browser.post(`/rotate-race/${name}`),
      })),
    );
    expect(answers.map(({ response }) => response.status).sort()).toEqual([200, 409]);
    const kept = answers.find(({ response }) => response.status === 200);
    expect(await browser.json('/keys')).toMatchObject({ shared: kept?.name });
  });

  test('a handler that saves can read again and go on', async () => {
    const browser = await withSession(running);
    barrier.expect(2);
    const answers = await Promise.all(
      [1, 2].map(async () => (await browser.post('/retry')).json() as Promise<{ tries: number }>),
    );
    expect(answers.sort((left, right) => left.tries - right.tries)).toEqual([
      { tries: 1 },
      { tries: 2, code: 'session-conflict' },
    ]);
    expect(await browser.json('/keys')).toMatchObject({ visits: 2 });
  });

  test('leaves alone who changes nothing, and routes without it', async () => {
    const browser = await withSession(running);
    barrier.expect(2);
    const reading = browser.fetch('/passive');
    await browser.post('/cart/chair');
    void barrier.pass();
    expect((await reading).status).toBe(200);
    const arrived = gate.hold('late');
    const writing = browser.send('PUT', '/keys/late', { value: 1 });
    await arrived;
    await browser.post('/cart/table');
    gate.release('late');
    expect((await writing).status).toBe(200);
    expect(await browser.json('/keys')).toMatchObject({ late: 1 });
  });

  test('holds for the whole application as an option', async () => {
    const strict = await startApp({ adapter, controllers, options: { onConflict: 'reject' } });
    const browser = await withSession(strict);
    const arrived = gate.hold('late');
    const writing = browser.send('PUT', '/keys/late', { value: 1 });
    await arrived;
    await browser.post('/cart/table');
    gate.release('late');
    expect((await writing).status).toBe(409);
    expect(await browser.json('/keys')).not.toHaveProperty('late');
    await strict.close();
  });
});

describe.each(ADAPTERS)('@SessionLock() on %s, three nodes', (adapter) => {
  let cluster: RunningCluster;

  beforeAll(async () => {
    cluster = await startCluster({ adapter, size: 3, controllers });
  });
  afterAll(() => cluster.close());

  const browsers = async (): Promise<[Browser, Browser, Browser]> => {
    const browser = await withSession(cluster.nodes[0] as RunningApp);
    const at = (index: number) => browser.at((cluster.nodes[index] as RunningApp).url);
    return [at(0), at(1), at(2)];
  };

  /** A handler goes on beyond its lease, and another one gets the lock meanwhile. */
  const loseLock = async (body: { login?: boolean }) => {
    const [here, there] = await browsers();
    const [slow, next] = [gate.hold('slow'), gate.hold('next')];
    const late = here.post('/short', { name: 'slow', ...body });
    await slow;
    const second = there.post('/short', { name: 'next' });
    // Arrives when the lease of the first has ended.
    await next;
    gate.release('slow');
    expect(await outcome(await late)).toMatchObject([409, { code: 'lock-lost' }]);
    gate.release('next');
    expect((await second).status).toBe(200);
    return [here, there] as const;
  };

  test('lets one handler of a session run at a time, and each sees the one before', async () => {
    const all = await browsers();
    Object.assign(atWork, { now: 0, most: 0, begun: 0 });
    const arrived = gate.hold('0');
    const first = all[0].post('/alone/0');
    await arrived;
    const others = Array.from({ length: 8 }, (_, index) =>
      (all[(index + 1) % 3] as Browser).post(`/alone/${index + 1}`),
    );
    expect(atWork.begun).toBe(1);
    gate.release('0');
    const answers = await Promise.all(
      [first, ...others].map(async (sent) => (await (await sent).json()) as { seen: number }),
    );
    const seen = answers.map((answer) => answer.seen).sort();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(atWork).toEqual({ now: 0, most: 1, begun: 9 });
    const { log } = await all[1].json<{ log: string[] }>('/keys');
    expect([log[0], log.toSorted()]).toEqual(['0', Array.from({ length: 9 }, (_, n) => String(n))]);
  });

  test('turns away who does not want to wait, before the handler runs', async () => {
    const [here, there] = await browsers();
    const arrived = gate.hold('held');
    const holding = here.post('/alone/held');
    await arrived;
    const refused = await there.post('/impatient');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await outcome(refused)).toMatchObject([503, { code: 'session-busy' }]);
    gate.release('held');
    expect((await holding).status).toBe(200);
    expect(await there.json('/keys')).not.toHaveProperty('impatient');
    expect((await there.post('/impatient')).status).toBe(200);
  });

  test('stores nothing of a handler whose lease ended and whose lock another one got', async () => {
    const [here] = await loseLock({});
    expect(await here.json('/keys')).toMatchObject({ short: 'next' });
  });

  test('signs nobody in when the lock was lost before the login', async () => {
    const [, there] = await loseLock({ login: true });
    expect((await there.fetch('/me')).status).toBe(401);
    expect(await there.json('/keys')).toMatchObject({ short: 'next' });
  });

  test('is no lock for a client without a session', async () => {
    const [one, two] = [0, 1].map((index) => (cluster.nodes[index] as RunningApp).browser());
    const arrived = gate.hold('first');
    const holding = one?.post('/alone/first');
    await arrived;
    expect((await two?.post('/impatient'))?.status).toBe(200);
    gate.release('first');
    expect((await holding)?.status).toBe(200);
  });

  test('is taken once where controller and route have it, and survives a login', async () => {
    const [here] = await browsers();
    expect((await here.post('/twice')).status).toBe(200);
    expect((await here.post('/login-alone')).status).toBe(200);
    expect((await here.fetch('/me')).status).toBe(200);
    expect((await here.post('/impatient')).status).toBe(200);
  });
});

test.each([
  ['a lease above a minute', () => SessionLock({ lease: '2m' }), /@SessionLock lease is "2m"/],
  ['a wait above half a minute', () => SessionLock({ wait: '31s' }), /@SessionLock wait is "31s"/],
  ['an empty name', () => SessionLock({ name: '' }), /@SessionLock name is ""/],
  ['another word', () => OnConflict('overwrite' as 'merge'), /@OnConflict is "overwrite"/],
])('%s is refused when the class is defined', (_name, define, message) => {
  expect(define).toThrow(message);
});
