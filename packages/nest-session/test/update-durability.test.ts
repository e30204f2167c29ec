import { Controller, HttpCode, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Durability, Session } from '../src/index.js';
import { askedDurabilities } from './support/asked-durabilities.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

interface Counted {
  n?: number;
  before?: number;
  after?: number;
}

const count = (draft: Counted) => {
  draft.n = (draft.n ?? 0) + 1;
};

@Controller()
class UpdateController {
  @Post('strict')
  @Durability('async')
  async strict(@Session() session: Session<Counted>) {
    session.before = (session.before ?? 0) + 1;
    await session.update(count, { durability: 'all' });
    session.after = (session.after ?? 0) + 1;
    return { n: session.n };
  }

  @Post('loose')
  @Durability('all')
  async loose(@Session() session: Session<Counted>) {
    session.before = (session.before ?? 0) + 1;
    await session.update(count, { durability: 'async' });
    return { n: session.n };
  }

  @Post('login')
  @Durability('all')
  async login(@Session() session: Session<Counted>) {
    await session.login({ id: 'ada', roles: [] });
    await session.update(count, { durability: 'async' });
    return { n: session.n };
  }

  @Post('usual')
  @Durability('all')
  async usual(@Session() session: Session<Counted>) {
    session.before = (session.before ?? 0) + 1;
    await session.update(count);
    await session.update(count, { durability: undefined });
    return { n: session.n };
  }

  @Post('wrong')
  @HttpCode(200)
  async wrong(@Session() session: Session<Counted>) {
    const wrong = { durability: 'some' as 'all' };
    return { told: await session.update(count, wrong).catch(String), n: session.n ?? null };
  }
}

describe.each(ADAPTERS)('update() with a durability on %s', (adapter) => {
  let running: RunningApp;
  let asked: ReturnType<typeof askedDurabilities>;

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [UpdateController] });
    asked = askedDurabilities(running.app);
  });
  afterAll(() => running.close());

  test.each([
    ['strict', ['async', 'all', 'async']],
    ['loose', ['all', 'async']],
    ['login', ['all', 'async']],
    ['usual', ['all', 'all', 'all']],
  ])(
    '%s: it is of its own change alone, in a session that begins and in one that goes on',
    async (path, expected) => {
      const browser = running.browser();
      asked();
      const run = async () => (await (await browser.post(`/${path}`)).json()) as { n: number };
      const { n } = await run();
      expect(asked()).toEqual(expected);
      expect((await run()).n).toBe(2 * n);
      expect(asked()).toEqual(expected);
    },
  );

  test('says what one that is none may be, and stores nothing', async () => {
    asked();
    const response = await running.browser().post('/wrong');
    expect(await response.json()).toEqual({
      told: expect.stringMatching(/durability is "some", expected "async" or "backup" or "all"$/),
      n: null,
    });
    expect(asked()).toEqual([]);
  });
});
