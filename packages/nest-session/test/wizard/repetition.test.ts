import { SessionUnavailableError } from '@understudy/replication';
import { describe, expect, test, vi } from 'vitest';
import type { SessionRuntime } from '../../src/exchange/session-runtime.js';
import { WizardModule, type WizardView } from '../../src/index.js';
import { SESSION_RUNTIME } from '../../src/tokens.js';
import { ADAPTERS, startApp } from '../support/start-app.js';
import { TripForm } from './trip-wizard.js';

describe.each(ADAPTERS)('a step whose outcome could not be remembered on %s', (adapter) => {
  test('is repeated with its key, and done: its user does not conflict with themselves', async () => {
    const running = await startApp({
      adapter,
      controllers: [],
      imports: [WizardModule.register([new TripForm().wizard], { path: '/forms' })],
    });
    const browser = running.browser();
    const { instance } = (await (await browser.post('/forms/trip')).json()) as WizardView;
    const { store } = running.app.get<SessionRuntime>(SESSION_RUNTIME, { strict: false });
    const commit = store.commit.bind(store);
    let isBroken = true;
    vi.spyOn(store, 'commit').mockImplementation(async (request) => {
      if (isBroken && request.journal) throw new SessionUnavailableError('nobody answers', 0);
      return commit(request);
    });
    const next = (fields: object, key: string) =>
      browser.post(
        `/forms/trip/${instance}/next`,
        { revision: 1, fields },
        { 'idempotency-key': key },
      );
    expect((await next({ to: 'Oslo' }, 'one')).status).toBe(503);
    isBroken = false;
    const again = await next({ to: 'Oslo' }, 'one');
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({
      revision: 2,
      step: 'payment',
      answers: { where: { to: 'Oslo' } },
    });
    const replayed = await next({ to: 'Oslo' }, 'one');
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    const other = await next({ to: 'Bergen' }, 'two');
    expect([other.status, (await other.json()) as object]).toMatchObject([
      409,
      { code: 'wizard-conflict', state: { revision: 2 } },
    ]);
    await running.close();
  });
});
