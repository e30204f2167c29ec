import { Controller, Get, Param, Post, type Type } from '@nestjs/common';
import type { Cluster } from '@understudy/replication';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESSION_CLUSTER, Session } from '../src/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

type Work = (session: Session) => unknown;

let work: Work = () => undefined;

/** Does in a request what a test says. */
function flashController(gate: Gate): Type<unknown> {
  @Controller()
  class FlashController {
    @Post('run')
    async run(@Session() session: Session) {
      return { result: (await work(session)) ?? null };
    }

    @Post('read/:kind')
    async read(@Session() session: Session, @Param('kind') kind: string) {
      const result = session.flash(kind);
      await gate.pass('read');
      return { result };
    }

    @Post('add/:kind')
    async add(@Session() session: Session, @Param('kind') kind: string) {
      session.flash(kind, 'from another tab');
      await gate.pass('add');
      return {};
    }

    @Get('now')
    now(@Session() session: Session) {
      session.flash.now('info', 'only here');
      return { result: session.flash('info') };
    }
  }
  return FlashController;
}

describe.each(ADAPTERS)('flash messages on %s', (adapter) => {
  const gate = new Gate();
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [flashController(gate)] });
  });
  afterAll(() => running.close());

  function visitor() {
    const browser = running.browser();
    const run = async (what: Work) => {
      work = what;
      const response = await browser.post('/run');
      const { result } = (await response.json()) as { result: unknown };
      return response.status === 201 ? result : response.status;
    };
    return { browser, run };
  }

  const addTwo: Work = (session) => {
    session.flash('info', 'Saved');
    session.flash('error', 'Oh');
  };

  test('stay until a page reads them, and are forgotten then', async () => {
    const { run } = visitor();
    await run(addTwo);
    await run(() => {});
    expect(await run((session) => [session.flash('info'), session.flash('info')])).toEqual([
      ['Saved'],
      [],
    ]);
    expect(await run((session) => session.flash('info'))).toEqual([]);
    expect(await run((session) => session.flash('error'))).toEqual(['Oh']);
  });

  test('come several at once, and all at once, as of connect-flash', async () => {
    const { run } = visitor();
    await run((session) => session.flash('info', ['one', 'two']));
    await run((session) => session.flash('error', 'three'));
    expect(await run((session) => session.flash())).toEqual({
      info: ['one', 'two'],
      error: ['three'],
    });
    expect(await run((session) => session.flash())).toEqual({});
  });

  test('flash.now() is for this page alone, and makes no session', async () => {
    const { run, browser } = visitor();
    const response = await browser.fetch('/now');
    expect(await response.json()).toEqual({ result: ['only here'] });
    expect(response.headers.getSetCookie()).toEqual([]);
    await run(addTwo);
    expect(
      await run((session) => {
        session.flash.now('info', 'now');
        return session.flash('info');
      }),
    ).toEqual(['Saved', 'now']);
    await run((session) => session.flash.now('info', 'never read'));
    expect(await run((session) => session.flash('info'))).toEqual([]);
  });

  test.each<[string, Work]>([
    [
      'before',
      (session) => {
        session.flash.keep('info');
        return [session.flash('info'), session.flash('error')];
      },
    ],
    [
      'after',
      (session) => {
        const shown = [session.flash('info'), session.flash('error')];
        session.flash.keep('info');
        return shown;
      },
    ],
    [
      'before and after',
      (session) => {
        session.flash.keep('info');
        const shown = [session.flash('info'), session.flash('error')];
        session.flash.keep('info');
        return shown;
      },
    ],
  ])('flash.keep() %s they are read keeps those of its kinds', async (_name, redirecting) => {
    const { run } = visitor();
    await run(addTwo);
    expect(await run(redirecting)).toEqual([['Saved'], ['Oh']]);
    expect(await run((session) => session.flash())).toEqual({ info: ['Saved'] });
    expect(await run((session) => session.flash())).toEqual({});
  });

  test('flash.keep() keeps what was for this page alone, and the order', async () => {
    const { run } = visitor();
    await run((session) => session.flash('info', 'first'));
    await run((session) => {
      session.flash('info');
      session.flash.now('info', 'second');
      session.flash('info', 'third');
      session.flash.keep('info');
    });
    expect(await run((session) => session.flash('info'))).toEqual(['first', 'second', 'third']);
  });

  test('flash.reflash() keeps all', async () => {
    const { run } = visitor();
    await run(addTwo);
    const all = { info: ['Saved'], error: ['Oh'] };
    for (const reads of [true, false, true]) {
      await run((session) => {
        if (reads) session.flash();
        session.flash.reflash();
      });
    }
    expect(await run((session) => session.flash())).toEqual(all);
    expect(await run((session) => session.flash())).toEqual({});
  });

  test('of two tabs at once are read once, and added beside', async () => {
    const { run, browser } = visitor();
    await run(addTwo);
    const arrived = [gate.hold('read'), gate.hold('add')];
    const answers = [
      browser.at(running.url).post('/read/info'),
      browser.at(running.url).post('/add/warning'),
    ];
    await Promise.all(arrived);
    gate.release('read');
    await answers[0];
    gate.release('add');
    await answers[1];
    expect(await run((session) => session.flash())).toEqual({
      error: ['Oh'],
      warning: ['from another tab'],
    });
  });

  test.each<[string, Work]>([
    ['flash(kind)', (session) => session.flash('info')],
    ['flash()', (session) => session.flash().info],
    [
      'connect-flash, of a kind',
      ({ flash }) => {
        const { info } = flash as unknown as Record<string, string[]>;
        delete (flash as unknown as Record<string, string[]>).info;
        return info;
      },
    ],
    [
      'connect-flash, of all',
      (session) => {
        const { info } = session.flash as unknown as Record<string, string[]>;
        (session as { flash: object }).flash = {};
        return info;
      },
    ],
  ])('added while another tab reads are there for the next page: %s', async (_name, reading) => {
    const { run, browser } = visitor();
    await run(addTwo);
    const arrived = gate.hold('run');
    const shown = run(async (session) => {
      const result = reading(session);
      await gate.pass('run');
      return result;
    });
    await arrived;
    await browser.at(running.url).post('/add/info');
    gate.release('run');
    expect(await shown).toEqual(['Saved']);
    expect(await run((session) => session.flash('info'))).toEqual(['from another tab']);
    expect(await run((session) => session.flash('info'))).toEqual([]);
    expect(await run((session) => Object.keys(session.flash))).not.toContain('info');
  });

  test('of many kinds leave nothing behind that grows', async () => {
    const { run } = visitor();
    for (let order = 0; order < 40; order++) {
      await run((session) => session.flash(`order-${order}`, 'sent'));
      await run((session) => session.flash());
    }
    await run((session) => session.flash('info', 'last'));
    expect(await run((session) => session.flash())).toEqual({ info: ['last'] });
    const key = (await run((session) => session.id)) as string;
    const opened = await running.app.get<Cluster>(SESSION_CLUSTER).open(key);
    const kept = opened.status === 'found' ? opened.snapshot.document.data.flash : undefined;
    expect(Object.keys(kept as object).length).toBeLessThan(20);
  });

  test('are texts, and at most 32 of a kind', async () => {
    const { run } = visitor();
    expect(await run((session) => session.flash('info', 7 as never))).toBe(500);
    const many = Array.from({ length: 40 }, (_, index) => String(index));
    await run((session) => session.flash('info', many));
    expect(await run((session) => session.flash('info'))).toEqual(many.slice(-32));
  });
});
