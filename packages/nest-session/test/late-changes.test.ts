import { Controller, Get, Post, Res } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, LogKeeper, type RunningApp, startApp } from './support/start-app.js';
import { until } from './support/until.js';

interface Data {
  mark?: string;
  list?: string[];
}

const gate = new Gate();
const outcomes: unknown[] = [];

/** Runs in a turn of its own once the test lets it, as a job that outlives its request does. */
function later(name: string, work: () => unknown): void {
  void gate
    .pass(name)
    .then(work)
    .then(
      () => outcomes.push('done'),
      (error: unknown) => outcomes.push(error),
    );
}

@Controller()
class LateController {
  @Get('mark')
  mark(@Session() session: Session<Data>) {
    return { mark: session.mark ?? null, list: session.list ?? null };
  }

  @Post('begin')
  begin(@Session() session: Session<Data>) {
    session.mark = 'begun';
    session.list = [];
  }

  @Post('lost')
  lost(@Session() session: Session<Data>) {
    later('lost', () => {
      session.mark = 'lost';
    });
  }

  @Post('lost-inside')
  lostInside(@Session() session: Session<Data>) {
    later('lost-inside', () => session.list?.push('lost'));
  }

  @Post('lost-twice')
  lostTwice(@Session() session: Session<Data>) {
    later('lost-twice', () => {
      session.mark = 'lost';
    });
    later('lost-again', async () => {
      session.mark = 'lost again';
      await session.save();
    });
  }

  @Post('lost-while-stored')
  lostWhileStored(
    @Session() session: Session<Data>,
    @Res() response: { send(body: string): void },
  ) {
    session.mark = 'stored';
    response.send('ok');
    session.mark = 'lost';
  }

  @Post('streamed')
  streamed(
    @Session() session: Session<Data>,
    @Res() response: { raw?: NodeJS.WritableStream } & NodeJS.WritableStream,
  ) {
    const raw = response.raw ?? response;
    raw.write('begun ');
    raw.end('ended');
    later('streamed', () => {
      session.mark = 'lost';
    });
  }

  @Post('saved')
  saved(@Session() session: Session<Data>) {
    later('saved', async () => {
      session.mark = 'late';
      session.list?.push('late');
      await session.save();
      await session.update((draft) => {
        draft.list = [...(draft.list ?? []), 'updated'];
      });
    });
  }

  @Post('read')
  read(@Session() session: Session<Data>) {
    session.mark = 'read';
    later('read', () => [session.mark, session.principal, session.list?.length]);
  }
}

async function released(name: string): Promise<void> {
  const before = outcomes.length;
  gate.release(name);
  await until(() => outcomes.length > before);
  // What is reported is reported by the end of the turn in which the change was made.
  await new Promise((resolve) => setImmediate(resolve));
}

describe.each(ADAPTERS)('a change after the response has ended on %s', (adapter) => {
  let strict: RunningApp;
  let lenient: RunningApp;
  // Both log to one: Nest has one logger for all applications of a process.
  const logs = new LogKeeper();

  beforeAll(async () => {
    const controllers = [LateController];
    strict = await startApp({ adapter, controllers, logs });
    lenient = await startApp({ adapter, controllers, logs, options: { strict: false } });
  });
  afterAll(async () => {
    await strict.close();
    await lenient.close();
  });

  /** A session, and a request of it whose late work waits. */
  async function begun(app: RunningApp, ...names: string[]) {
    const [path] = names;
    outcomes.length = 0;
    logs.lines.length = 0;
    const browser = app.browser();
    await browser.post('/begin');
    const arrived = names.map((name) => gate.hold(name));
    await (await browser.post(`/${path}`)).text();
    await Promise.all(arrived);
    const reports = () =>
      logs.lines.filter((line) => line.includes(`POST /${path}: the session was changed`));
    return { browser, reports };
  }

  test.each(['lost', 'lost-inside', 'streamed'])(
    'that nobody saves is reported: %s',
    async (path) => {
      for (const app of [strict, lenient]) {
        const { browser, reports } = await begun(app, path);
        await released(path);
        expect(reports()).toEqual([expect.stringMatching(/^error .*after its response had ended/)]);
        expect(await browser.json('/mark')).toEqual({ mark: 'begun', list: [] });
      }
    },
  );

  test('made while the response is being stored is reported', async () => {
    const browser = strict.browser();
    await browser.post('/begin');
    await (await browser.post('/lost-while-stored')).text();
    await until(() => logs.text.includes('POST /lost-while-stored: the session was changed'));
    expect(await browser.json('/mark')).toMatchObject({ mark: 'stored' });
  });

  test('fails in strict mode when one before it was not saved', async () => {
    const { browser, reports } = await begun(strict, 'lost-twice', 'lost-again');
    await released('lost-twice');
    await released('lost-again');
    expect(outcomes).toEqual(['done', expect.objectContaining({ name: 'SessionUsageError' })]);
    expect(reports()).toHaveLength(1);
    expect(await browser.json('/mark')).toMatchObject({ mark: 'begun' });
  });

  test('is reported once for a request, and not refused, where misuse is only logged', async () => {
    const { browser, reports } = await begun(lenient, 'lost-twice', 'lost-again');
    await released('lost-twice');
    await released('lost-again');
    expect(outcomes).toEqual(['done', 'done']);
    expect(reports()).toHaveLength(1);
    expect(await browser.json('/mark')).toMatchObject({ mark: 'lost again' });
  });

  test('that is saved is stored, and nothing is reported', async () => {
    const { browser, reports } = await begun(strict, 'saved');
    await released('saved');
    expect(outcomes).toEqual(['done']);
    expect(await browser.json('/mark')).toEqual({ mark: 'late', list: ['late', 'updated'] });
    expect(reports()).toEqual([]);
  });

  test('is not what a look at the session is taken for', async () => {
    const { reports } = await begun(strict, 'read');
    await released('read');
    expect(outcomes).toEqual(['done']);
    expect(reports()).toEqual([]);
  });
});
