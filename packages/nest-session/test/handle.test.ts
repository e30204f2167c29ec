import { inspect } from 'node:util';
import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session, SessionEndedError, SessionHandle } from '../src/index.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

type Bag = Record<string, unknown>;
type Steps = (session: Session<Bag>, request: { session: Session<Bag> }) => unknown;

/** A fifth of what a session may hold. */
const putLarge =
  (name: string): Steps =>
  (session) => {
    session[name] = 'x'.repeat(50_000);
    return 'fits';
  };

/** What the next request's handler does; its answer is the body. */
let steps: Steps = () => undefined;

@Controller()
class StepsController {
  @Post('run')
  @HttpCode(200)
  async run(@Session() session: Session<Bag>, @Req() request: { session: Session<Bag> }) {
    return { result: (await steps(session, request)) ?? null };
  }

  @Get('all')
  all(@Session() session: Session<Bag>) {
    return { ...session };
  }

  @Post('echo')
  @HttpCode(200)
  echo(@Session() session: Session<Bag>, @Body() body: Bag) {
    Object.assign(session, body);
    return session;
  }
}

describe.each(ADAPTERS)('the handle on %s', (adapter) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [StepsController] });
  });
  afterAll(() => running.close());

  const visitor = (browser = running.browser()) => ({
    browser,
    /** Runs a handler and returns what it returned, or the response when it failed. */
    async run(what: Steps): Promise<unknown> {
      steps = what;
      const response = await browser.post('/run');
      const body = (await response.json()) as { result: unknown };
      return response.status === 200 ? body.result : body;
    },
    all: () => browser.json('/all'),
  });

  test('behaves as the plain object Nest documents', async () => {
    const { run, all } = visitor();
    const facts = await run((session) => {
      session.a = 1;
      session.b = { c: [1, 2] };
      Object.assign(session, { d: null });
      delete session.nothing;
      return [
        'a' in session,
        'z' in session,
        Object.keys(session),
        Object.hasOwn(session, 'b'),
        // biome-ignore lint/suspicious/noPrototypeBuiltins: code in the wild calls it
        session.hasOwnProperty('a'),
        JSON.stringify(session),
        session instanceof SessionHandle,
        typeof session.then,
        { ...session },
      ];
    });
    expect(facts).toEqual([
      true,
      false,
      ['a', 'b', 'd'],
      true,
      true,
      '{"a":1,"b":{"c":[1,2]},"d":null}',
      true,
      'undefined',
      { a: 1, b: { c: [1, 2] }, d: null },
    ]);
    expect(await all()).toEqual({ a: 1, b: { c: [1, 2] }, d: null });
  });

  test('can be the body of a response', async () => {
    const browser = running.browser();
    const response = await browser.post('/echo', { x: 1, y: { z: 2 } });
    expect(await response.json()).toEqual({ x: 1, y: { z: 2 } });
  });

  test('keeps dates, maps, sets, bytes and big numbers as they are', async () => {
    const { run } = visitor();
    await run((session) => {
      session.when = new Date(5);
      session.map = new Map([['k', new Set([1])]]);
      session.bytes = new Uint8Array([1, 2]);
      session.big = 2n ** 70n;
    });
    const kinds = await run((session) => [
      (session.when as Date).getTime(),
      [...((session.map as Map<string, Set<number>>).get('k') as Set<number>)],
      [...(session.bytes as Uint8Array)],
      String(session.big),
    ]);
    expect(kinds).toEqual([5, [1], [1, 2], String(2n ** 70n)]);
  });

  test.each([
    'id',
    'cookie',
    'principal',
    'csrfToken',
    'save',
    'destroy',
    'login',
    'update',
    'flash',
    'then',
    'toJSON',
    'constructor',
    '__proto__',
  ])('refuses to have %s overwritten', async (name) => {
    const { run, all } = visitor();
    const problem = await run((session) => {
      session.kept = true;
      session[name] = 'mine';
    });
    expect(problem).toMatchObject({ status: 500, code: 'session-value' });
    expect(JSON.stringify(problem)).toContain('reserved');
    expect(await all()).toEqual({});
  });

  test('a defect of a handler is logged with the way to it, and a refusal of a client is not', async () => {
    const { run } = visitor();
    running.logs.lines.length = 0;
    await run(() => {
      throw new SessionEndedError();
    });
    expect(running.logs.lines).toEqual([]);
    await run((session) => {
      session['save' as string] = 'mine';
    });
    expect(running.logs.text).toMatch(/^error POST \/\S+ was answered 500: .*session\.save cannot/);
    expect(running.logs.text).toMatch(/ at .*handle\.test\.ts/);
  });

  test.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /data\.bad is a function/],
    ['a class instance', new (class Cat {})(), /data\.bad is an instance of Cat/],
    ['NaN', Number.NaN, /data\.bad is NaN/],
  ])('refuses %s with its path, before the headers leave', async (_name, value, message) => {
    const { run, all } = visitor();
    const problem = (await run((session) => {
      session.bad = value;
    })) as { detail: string };
    expect(problem).toMatchObject({ status: 500, code: 'session-value' });
    expect(problem.detail).toMatch(message);
    expect(await all()).toEqual({});
  });

  test('refuses what hides inside at the commit: the response becomes the problem', async () => {
    const { run, all } = visitor();
    await run((session) => {
      session.cart = { items: [] };
    });
    const problem = await run((session) => {
      const { items } = session.cart as { items: unknown[] };
      items.push({ price: () => 1 });
      session.other = 1;
      return 'fine';
    });
    expect(problem).toMatchObject({ status: 500, code: 'session-value' });
    expect(JSON.stringify(problem)).toContain('data.cart.items[0].price is a function');
    expect(await all()).toEqual({ cart: { items: [] } });
  });

  test('refuses more than a session may hold with 413, and stores nothing of it', async () => {
    const { run, all } = visitor();
    await run((session) => {
      session.small = 1;
    });
    const problem = await run((session) => {
      session.small = 2;
      session.large = 'x'.repeat(300_000);
    });
    expect(problem).toMatchObject({ status: 413, code: 'session-too-large' });
    expect(await all()).toEqual({ small: 1 });
  });

  test('refuses the change with which many small ones have become too much, and no other', async () => {
    const { run, all } = visitor();
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(await run(putLarge(name))).toBe('fits');
    expect(await run(putLarge('f'))).toMatchObject({ status: 413, code: 'session-too-large' });
    // Written again, nothing is added.
    for (let round = 0; round < 5; round++) expect(await run(putLarge('a'))).toBe('fits');
    await run((session) => {
      delete session.b;
    });
    expect(await run(putLarge('f'))).toBe('fits');
    expect(await run(putLarge('g'))).toMatchObject({ status: 413 });
    expect(Object.keys(await all()).sort()).toEqual(['a', 'c', 'd', 'e', 'f']);
  });

  test('counts what others have stored while a request was at work', async () => {
    const { run } = visitor();
    await run((session) => {
      session.small = 1;
    });
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let slow: Promise<unknown> | undefined;
    await new Promise<void>((begun) => {
      slow = run(async (session) => {
        session.small = 2;
        begun();
        await held;
        return 'done';
      });
    });
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(await run(putLarge(name))).toBe('fits');
    goOn();
    expect(await slow).toBe('done');
    expect(await run(putLarge('f'))).toMatchObject({ status: 413, code: 'session-too-large' });
  });

  test('shows a name that is no cookie, and facts about the cookie', async () => {
    const { run, browser } = visitor();
    await run((session) => {
      session.a = 1;
    });
    const [id, cookie] = (await run((session) => [session.id, session.cookie])) as [string, object];
    expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(browser.cookies.get('sid')).not.toContain(id);
    expect(cookie).toMatchObject({ path: '/', httpOnly: true, secure: false, sameSite: 'lax' });
  });

  test('is printed without an id', async () => {
    const { run, browser } = visitor();
    const printed = (await run((session) => {
      session.a = { b: 1 };
      return inspect(session);
    })) as string;
    expect(printed).toBe('{ a: { b: 1 } }');
    expect(printed).not.toContain(browser.cookies.get('sid')?.split('.')[0]);
  });

  test('saves and reloads with promises', async () => {
    const { run, browser } = visitor();
    await run((session) => {
      session.n = 1;
    });
    const other = visitor(browser.at(running.url));
    const result = await run(async (session) => {
      const mine = steps;
      session.n = 5;
      await other.run((theirs) => {
        theirs.m = 7;
      });
      steps = mine;
      const before = session.m ?? null;
      await session.save();
      const afterSave = session.m;
      session.n = 99;
      await session.reload();
      return [before, afterSave, session.n];
    });
    expect(result).toEqual([null, 7, 5]);
  });

  test('saves and reloads with callbacks', async () => {
    const { run, all } = visitor();
    const order = await run(
      (session) =>
        new Promise((resolve) => {
          const seen: unknown[] = [];
          session.n = 1;
          session.save((error) => {
            seen.push(['saved', error ?? null]);
            session.n = 2;
            session.reload((failure) => {
              seen.push(['reloaded', failure ?? null, session.n]);
              session.touch((problem) => resolve([...seen, ['touched', problem ?? null]]));
            });
          });
        }),
    );
    expect(order).toEqual([
      ['saved', null],
      ['reloaded', null, 1],
      ['touched', null],
    ]);
    expect(await all()).toEqual({ n: 1 });
  });

  test('signs in as Passport does it: regenerate, keep what was there, save', async () => {
    const { run, all, browser } = visitor();
    await run((session) => {
      session.returnTo = '/checkout';
    });
    const before = browser.cookies.get('sid');
    const passed = await run(
      (_session, request) =>
        new Promise((resolve, reject) => {
          const previous = request.session;
          request.session.regenerate((error) => {
            if (error) return reject(error);
            const fresh = request.session;
            const empty = Object.keys(fresh).length === 0 && fresh !== previous;
            for (const [name, value] of Object.entries(previous)) fresh[name] = value;
            fresh.passport = { user: 'ada' };
            fresh.save((failure) => (failure ? reject(failure) : resolve(empty)));
          });
        }),
    );
    expect(passed).toBe(true);
    expect(browser.cookies.get('sid')).not.toBe(before);
    expect(await all()).toEqual({ returnTo: '/checkout', passport: { user: 'ada' } });
    const thief = running.browser();
    thief.cookies.set('sid', before as string);
    expect(await thief.json('/all')).toEqual({});
  });

  test('a handle that regenerate(callback) replaced can be read, not written', async () => {
    const { run } = visitor();
    const problem = await run(
      (session) =>
        new Promise((resolve, reject) => {
          session.a = 1;
          session.regenerate(() => {
            try {
              session.b = session.a;
              resolve('written');
            } catch (error) {
              reject(error);
            }
          });
        }),
    );
    expect(JSON.stringify(problem)).toContain('regenerated; use request.session');
  });

  test('regenerate() with a promise empties the handle and keeps it', async () => {
    const { run, all, browser } = visitor();
    await run((session) => {
      session.a = 1;
    });
    const before = browser.cookies.get('sid');
    const shown = await run(async (session) => {
      await session.regenerate();
      session.b = 2;
      return { ...session };
    });
    expect(shown).toEqual({ b: 2 });
    expect(browser.cookies.get('sid')).not.toBe(before);
    expect(await all()).toEqual({ b: 2 });
  });

  test('rotate() gives a new id and keeps parallel requests with the old one signed in', async () => {
    const { run, all, browser } = visitor();
    await run((session) => session.login('ada'));
    const tab = visitor(browser.at(running.url));
    const before = browser.cookies.get('sid');
    await run((session) => session.rotate());
    expect(browser.cookies.get('sid')).not.toBe(before);
    expect(await tab.run((session) => session.principal?.id)).toBe('ada');
    await tab.run((session) => {
      session.fromOldTab = true;
    });
    expect(await all()).toEqual({ fromOldTab: true });
  });

  test('fails after it was destroyed, in the same request', async () => {
    const { run, browser, all } = visitor();
    await run((session) => {
      session.a = 1;
    });
    const problem = await run(async (session) => {
      await session.destroy();
      return session.a;
    });
    expect(problem).toMatchObject({ status: 401, code: 'session-ended' });
    expect(browser.cookies.size).toBe(0);
    expect(await all()).toEqual({});
    expect(
      await visitor().run(async (session) => {
        await session.logout();
        return inspect(session);
      }),
    ).toBe('Session { ended }');
  });

  test('destroys with a callback', async () => {
    const { run, browser } = visitor();
    await run((session) => {
      session.a = 1;
    });
    await run((session) => new Promise((resolve) => session.destroy(resolve)));
    expect(browser.cookies.size).toBe(0);
  });

  test('counts parallel increments all', async () => {
    const { run, browser } = visitor();
    await run((session) => {
      session.stats = { views: 0 };
    });
    steps = (session) => session.increment('stats.views');
    await Promise.all(Array.from({ length: 20 }, () => browser.at(running.url).post('/run')));
    expect(await browser.json('/all')).toEqual({ stats: { views: 20 } });
  });

  test.each([
    ['a number', 'views', { views: 1 }, { views: 2 }],
    ['one inside of an object', 'stats.views', { stats: { views: 1 } }, { stats: { views: 2 } }],
  ])('a session that begins with an addition to %s has it', async (_name, path, first, second) => {
    const { run, browser } = visitor();
    await run((session) => session.increment(path));
    expect(await browser.json('/all')).toEqual(first);
    await run((session) => session.increment(path));
    expect(await browser.json('/all')).toEqual(second);
  });

  test('update() is atomic between parallel requests', async () => {
    const { run, browser } = visitor();
    await run((session) => {
      session.list = [];
    });
    let next = 0;
    steps = (session) =>
      session.update((draft) => {
        const list = draft.list as number[];
        draft.list = [...list, list.length];
        draft.last = next++;
      });
    await Promise.all(Array.from({ length: 10 }, () => browser.at(running.url).post('/run')));
    const { list } = await browser.json<{ list: number[] }>('/all');
    expect(list).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('update() shows its result and passes on what its function throws', async () => {
    const { run, all } = visitor();
    await run((session) => {
      session.n = 1;
    });
    expect(
      await run(async (session) => {
        const cart = { items: ['before'] };
        session.cart = cart;
        const answer = await session.update((draft) => {
          draft.n = (draft.n as number) + 1;
          (draft.cart as typeof cart).items.push('inside');
          return 'answer';
        });
        cart.items.push('after');
        return [answer, session.n];
      }),
    ).toEqual(['answer', 2]);
    expect(await all()).toEqual({ n: 2, cart: { items: ['before', 'inside', 'after'] } });
    expect(
      await run((session) =>
        session.update((draft) => {
          draft.n = 100;
          throw new Error('changed my mind');
        }),
      ),
    ).toMatchObject({ statusCode: 500 });
    expect(await all()).toMatchObject({ n: 2 });
  });

  test('update() of a session that is not there yet makes it', async () => {
    const { run, all } = visitor();
    await run((session) =>
      session.update((draft) => {
        draft.n = 1;
      }),
    );
    expect(await all()).toEqual({ n: 1 });
  });

  test('flash messages are there once', async () => {
    const { run, all } = visitor();
    await run((session) => {
      session.flash('info', 'Saved');
      session.flash('info', 'Twice');
      session.flash('error', 'Oh');
    });
    expect(await all()).toEqual({});
    expect(await run((session) => [session.flash('info'), session.flash('none')])).toEqual([
      ['Saved', 'Twice'],
      [],
    ]);
    expect(await run((session) => [session.flash('info'), session.flash('error')])).toEqual([
      [],
      ['Oh'],
    ]);
  });

  test('the csrf token of a page makes the session that holds it', async () => {
    const { run, browser } = visitor();
    const token = await run((session) => session.csrfToken);
    expect(token).toBe(browser.cookies.get('sid-csrf'));
    expect(await run((session) => session.csrfToken)).toBe(token);
  });
});
