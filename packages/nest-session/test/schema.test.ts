import { createMemoryBus, memoryTransport } from '@understudy/replication';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type SessionEvent,
  SessionEvents,
  type SessionModuleOptions,
  type SessionSchemaOptions,
} from '../src/index.js';
import { shopController } from './support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from './support/start-app.js';

/** Version 2 keeps what was a list of `tags` as one text, and counts what it migrated. */
const V2: SessionSchemaOptions = {
  version: 2,
  migrate: {
    2: ({ tags, history, ...rest }) => ({
      ...rest,
      label: (tags as string[] | undefined)?.join(' ') ?? '',
      history: [...((history as string[] | undefined) ?? []), 'migrated'],
    }),
  },
};

const NUMBERS_ONLY: SessionSchemaOptions = {
  version: 1,
  schema: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        'bad' in (value as object) ? { issues: [{ message: 'bad', path: ['bad'] }] } : { value },
    },
  },
};

describe.each(ADAPTERS)('the data of an older version on %s', (adapter) => {
  const running: RunningApp[] = [];
  const events: SessionEvent[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
    events.length = 0;
  });

  /** One application per schema, as nodes of one cluster. */
  const deploy = async (...schemas: readonly (SessionSchemaOptions | undefined)[]) => {
    const bus = createMemoryBus();
    for (const [index, schema] of schemas.entries()) {
      running.push(await startNode(adapter, `n${index + 1}`, { schema }, bus));
    }
    for (const { app } of running) {
      app.get(SessionEvents).on('data-quarantined', (event) => events.push(event));
    }
    return running as [RunningApp, RunningApp];
  };

  test('is migrated once, by whichever of many requests comes first', async () => {
    const [old, fresh] = await deploy(undefined, V2);
    const browser = old.browser();
    await browser.post('/login', { id: 'ada' });
    await browser.send('PUT', '/keys/tags', { value: ['a', 'b'] });
    const there = browser.at(fresh.url);
    const seen = await Promise.all(Array.from({ length: 12 }, () => there.json('/keys')));
    const expected = { label: 'a b', history: ['migrated'] };
    for (const keys of seen) expect(keys).toEqual(expected);
    expect(await there.json('/keys')).toEqual(expected);
    expect(await there.json('/me')).toMatchObject({ id: 'ada' });
  });

  test('and of a newer one is served by both versions at once, without a 500', async () => {
    const [old, fresh] = await deploy({ version: 1 }, V2);
    const browser = old.browser();
    const statuses: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const node = browser.at((turn % 2 === 0 ? old : fresh).url);
      const written = await node.send('PUT', `/keys/k${turn}`, { value: turn });
      for (const [name, value] of node.cookies) browser.cookies.set(name, value);
      statuses.push(written.status, (await node.fetch('/keys')).status);
    }
    expect(statuses).toEqual(Array(20).fill(200));
    const keys = await browser.at(old.url).json('/keys');
    expect(keys).toMatchObject({ k0: 0, k1: 1, k8: 8, k9: 9, history: ['migrated'] });
  });

  test('is put aside when it cannot be read, and nobody is signed out', async () => {
    const [old, fresh] = await deploy(undefined, NUMBERS_ONLY);
    const browser = old.browser();
    await browser.post('/login', { id: 'ada' });
    await browser.send('PUT', '/keys/bad', { value: 'secret 4711' });
    const there = browser.at(fresh.url);
    expect(await there.json('/keys')).toEqual({});
    expect(await there.json('/me')).toMatchObject({ id: 'ada' });
    await there.send('PUT', '/keys/good', { value: 1 });
    expect(await there.json('/keys')).toEqual({ good: 1 });
    expect(events).toMatchObject([{ version: 1, reason: 'its schema refuses bad', kept: true }]);
    expect(JSON.stringify(events)).not.toContain('4711');
  });

  test('stays while its schema fails, and whoever asks is told to come again', async () => {
    let isAway = false;
    const validate = async (value: unknown) => {
      if (isAway) throw new TypeError('secret 4711 at db.example');
      return { value };
    };
    const asksElsewhere: SessionSchemaOptions = {
      version: 1,
      schema: { '~standard': { version: 1, vendor: 'test', validate } },
    };
    const [app] = await deploy(asksElsewhere);
    const browser = app.browser();
    await browser.send('PUT', '/keys/good', { value: 1 });
    isAway = true;
    const refused = await browser.fetch('/keys');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.text()).not.toContain('4711');
    isAway = false;
    expect(await browser.json('/keys')).toEqual({ good: 1 });
    expect(events).toEqual([]);
    expect(app.logs.text).toContain('the schema failed, so a session was not served: TypeError');
    expect(app.logs.text).not.toContain('4711');
  });

  test('is dropped when it would leave no room for anything else', async () => {
    const [old, fresh] = await deploy(undefined, NUMBERS_ONLY);
    const browser = old.browser();
    await browser.send('PUT', '/keys/bad', { value: 'x'.repeat(20_000) });
    const there = browser.at(fresh.url);
    expect((await there.send('PUT', '/keys/good', { value: 'y'.repeat(20_000) })).status).toBe(200);
    expect(events).toMatchObject([{ kept: false }]);
  });
});

function startNode(
  adapter: Adapter,
  label: string,
  options: SessionModuleOptions,
  bus: ReturnType<typeof createMemoryBus>,
): Promise<RunningApp> {
  return startApp({
    adapter,
    controllers: [shopController()],
    options: {
      ...options,
      secret: 'a secret that all nodes of the test share',
      limits: { maxBytes: '32kb' },
      cluster: {
        transport: memoryTransport({ bus }),
        name: 'test',
        node: { id: label, label },
        drainDeadline: '1s',
      },
    },
  });
}
