import { Body, Controller, HttpCode, HttpException, Module, Post } from '@nestjs/common';
import { afterEach, describe, expect, test } from 'vitest';
import {
  loginLimits,
  QuotaExceededError,
  RateLimit,
  RateLimitService,
  SessionModule,
} from '../../src/index.js';
import { createTestCluster, FakeClock, type TestCluster } from '../../src/testing/index.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

@Module({ imports: [SessionModule.forRoot()] })
class EmptyModule {}

const MINUTE = 60_000;
let cluster: TestCluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function start() {
  const clock = new FakeClock();
  const options = { timeouts: { idle: '2h' } } as const;
  cluster = await createTestCluster({ module: EmptyModule, nodes: 2, clock, options });
  const services = cluster.nodes.map(({ app }) => app.get(RateLimitService, { strict: false }));
  return { clock, services: services as [RateLimitService, RateLimitService] };
}

const ADA = { username: 'ada', ip: '203.0.113.7' };

/** 0 when the attempt may be made, else seconds to wait. */
async function waitOf(taking: Promise<void>): Promise<number> {
  try {
    await taking;
    return 0;
  } catch (error) {
    if (error instanceof QuotaExceededError) return Number(error.headers['Retry-After']);
    throw error;
  }
}

describe('the limits of a sign-in', () => {
  test('lock after wrong attempts in a row, twice as long each time, up to the longest', async () => {
    const { clock, services } = await start();
    const login = loginLimits({ attempts: 3, longestLock: '6m' });
    const take = (node = 0) => waitOf(login.take(services[node] as RateLimitService, ADA));
    expect([await take(), await take(1), await take()]).toEqual([0, 0, 0]);
    for (const minutes of [1, 2, 4, 6, 6]) {
      expect(await take(1)).toBe(minutes * 60);
      // Asking while it is locked makes it no longer.
      expect(await take()).toBe(minutes * 60);
      await clock.advance(minutes * MINUTE - 1);
      expect(await take()).toBe(1);
      await clock.advance(1);
      expect(await take()).toBe(0);
    }
  });

  test('forget wrong attempts at the first right one', async () => {
    const { services } = await start();
    const login = loginLimits({ attempts: 3 });
    const [here, there] = services;
    for (const _again of [1, 2, 3]) {
      for (const service of [here, there, here]) await login.take(service, ADA);
      await login.succeeded(there, ADA);
    }
    await login.take(here, ADA);
  });

  test('tell how many attempts are left, without taking one', async () => {
    const { services } = await start();
    const login = loginLimits({ attempts: 3 });
    const [here, there] = services;
    expect(await login.attemptsLeft(here, ADA)).toBe(3);
    for (const left of [2, 1, 0]) {
      await login.take(here, ADA);
      expect(await login.attemptsLeft(there, ADA)).toBe(left);
    }
    expect(await waitOf(login.take(here, ADA))).toBe(60);
    expect(await login.attemptsLeft(here, ADA)).toBe(0);
    await login.succeeded(here, ADA);
    expect(await login.attemptsLeft(there, ADA)).toBe(3);
  });

  test('admit no more of many at once than of one after the other', async () => {
    const { services } = await start();
    const login = loginLimits({ attempts: 5 });
    const waits = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        waitOf(login.take(services[index % 2] as RateLimitService, ADA)),
      ),
    );
    expect(waits.filter((seconds) => seconds === 0)).toHaveLength(5);
  });

  test('count one address whatever the names, and not what a lock refused', async () => {
    const { services } = await start();
    const login = loginLimits({ attempts: 2, addressPerDay: 6 });
    const [here, there] = services;
    for (const username of ['a', 'b']) {
      for (const service of [here, there]) await login.take(service, { ...ADA, username });
    }
    for (const _again of [1, 2, 3, 4]) {
      expect(await waitOf(login.take(here, { ...ADA, username: 'a' }))).toBe(60);
    }
    await login.take(here, { ...ADA, username: 'c' });
    await login.take(here, { ...ADA, username: 'd' });
    const spent = login.take(there, { ...ADA, username: 'e' });
    await expect(spent).rejects.toMatchObject({
      problem: { 'violated-policies': ['login-address'] },
    });
    await login.take(there, { username: 'e', ip: '203.0.113.8' });
  });

  test('know a name in all its spellings, and an address by its network', async () => {
    const { services } = await start();
    const login = loginLimits({ attempts: 2 });
    const [here] = services;
    await login.take(here, { username: 'Ada', ip: '2001:db8::1' });
    await login.take(here, { username: '\uff21DA', ip: '2001:db8::2' });
    expect(await waitOf(login.take(here, { username: 'ada', ip: '2001:db8::3' }))).toBe(60);
    expect(await waitOf(login.take(here, { username: 'ada', ip: '2001:db8:1::3' }))).toBe(0);
  });

  test('need the address, without which nobody could be told apart', async () => {
    const { services } = await start();
    const attempt: object = { username: 'ada' };
    const taking = loginLimits().take(services[0], attempt as typeof ADA);
    await expect(taking).rejects.toMatchObject({ code: 'session-value' });
    await expect(taking).rejects.toThrow(/ip is of type undefined/);
  });

  test.each([
    [{ attempts: 0 }, /loginLimits.attempts is 0/],
    [{ name: 'Log in' }, /loginLimits.name is "Log in"/],
    [{ firstLock: '10ms' }, /loginLimits.firstLock is "10ms"/],
    [{ firstLock: '20m', longestLock: '10m' }, /loginLimits.longestLock is "10m"/],
    [{ addressPerDay: 0.5 }, /loginLimits.addressPerDay is 0.5/],
  ])('refuse to be %o', (options, message) => {
    expect(() => loginLimits(options)).toThrow(message);
  });
});

const LOGIN = loginLimits({ attempts: 3 });
const FEW = loginLimits({ name: 'few', addressPerDay: 1 });
const ACCOUNTS = new Map([['ada', 'correct horse']]);

@Controller()
class LoginController {
  constructor(private readonly limits: RateLimitService) {}

  @Post('login')
  @HttpCode(200)
  async login(@Body() { username, password }: { username: string; password: string }) {
    const attempt = { username, ip: '203.0.113.7' };
    await LOGIN.take(this.limits, attempt);
    if (ACCOUNTS.get(username) !== password) throw new HttpException('wrong', 401);
    await LOGIN.succeeded(this.limits, attempt);
    return { welcome: username };
  }

  @Post('few')
  few() {
    return FEW.take(this.limits, { username: 'ada', ip: '203.0.113.7' });
  }

  @Post('paced')
  @RateLimit({ name: 'sign-ins', limit: 100, window: '1h', by: 'ip' })
  paced() {
    return this.login({ username: 'ada', password: 'a guess' });
  }
}

describe.each(ADAPTERS)('a sign-in with limits on %s', (adapter) => {
  test.each([[{}], [5], [['x']], [null], [true], [undefined]])(
    'refuses a name that is %o, and counts nothing',
    async (username) => {
      const running = await startApp({ adapter, controllers: [LoginController] });
      const service = running.app.get(RateLimitService, { strict: false });
      const response = await running.browser().post('/login', { username, password: 'a guess' });
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({
        code: 'bad-request',
        detail: 'the user name must be text',
      });
      const address = { name: 'login-address', limit: 200, window: '1d' };
      expect(await service.inspect(address, '203.0.113.7')).toMatchObject({ remaining: 200 });
      await running.close();
    },
  );

  test('tells what refused it in the headers of a limit', async () => {
    const running = await startApp({ adapter, controllers: [LoginController] });
    const told = async (path: string) => {
      const { status, headers } = await running.browser().post(path, { username: 'ada' });
      const names = ['retry-after', 'ratelimit-policy', 'ratelimit'];
      const values = names.map((name) => headers.get(name)?.replace(/;t=\d+/g, ';t=T'));
      return [status, ...values];
    };
    await told('/few');
    const seconds = expect.stringMatching(/^\d+$/);
    expect(await told('/few')).toEqual([
      429,
      seconds,
      '"few-address";q=1;w=86400',
      '"few-address";r=0;t=T',
    ]);
    for (const _again of [1, 2, 3]) await told('/login');
    const locked = [429, seconds, '"login-lock";q=1;w=60', '"login-lock";r=0;t=T'];
    expect(await told('/login')).toEqual(locked);
    expect(await told('/login')).toEqual(locked);
    // Beside the limits of the route, not in their place.
    expect(await told('/paced')).toEqual([
      429,
      seconds,
      '"sign-ins";q=100;w=3600, "login-lock";q=1;w=60',
      '"sign-ins";r=99;t=T, "login-lock";r=0;t=T',
    ]);
    await running.close();
  });

  test('answers for a name that exists as for one that does not', async () => {
    const running = await startApp({ adapter, controllers: [LoginController] });
    const answers = async (username: string) => {
      const seen: unknown[] = [];
      for (const _again of [1, 2, 3, 4, 5]) {
        const body = { username, password: 'a guess' };
        const response = await running.browser().post('/login', body);
        const headers = Object.fromEntries(response.headers);
        for (const changing of ['date', 'retry-after']) delete headers[changing];
        headers.ratelimit = String(headers.ratelimit).replace(/;t=\d+/, ';t=some');
        // Seconds go by; everything else must be the same.
        const text = (await response.text()).replace(/\d+ s/, 'some s');
        seen.push([response.status, headers, text]);
      }
      return seen;
    };
    const known = await answers('ada');
    expect(known.map((answer) => (answer as number[])[0])).toEqual([401, 401, 401, 429, 429]);
    expect(await answers('nobody')).toEqual(known);
    const right = { username: 'ada', password: 'correct horse' };
    const locked = await running.browser().post('/login', right);
    // A right guess during a lock must look like a wrong one.
    expect(locked.status).toBe(429);
    await running.close();
  });
});
