import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import type { SessionRuntime } from '../../src/exchange/session-runtime.js';
import { defineWizard, WizardModule, type WizardView } from '../../src/index.js';
import { SESSION_RUNTIME } from '../../src/tokens.js';
import type { StandardSchema } from '../../src/wizard/standard-schema.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

const CARD = '4111-1111-1111-1111';

/** As libraries whose messages say what they got, and where, which may be a key. */
const quoting: StandardSchema<unknown, Record<string, string>> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({
      issues: [
        { path: ['card'], message: `expected digits but received "${CARD}"` },
        { path: ['card', CARD], message: 'a key that is none' },
        { path: ['holder'], message: `not the holder of ${CARD}` },
        { path: ['holder'], message: 'holder is missing' },
        { path: [], message: `received ${JSON.stringify(value)}` },
      ],
    }),
  },
};

const wizard = defineWizard({
  id: 'card',
  version: 1,
  steps: { payment: { schema: quoting, volatile: ['card'] } },
  complete: () => ({}),
});

describe.each(ADAPTERS)('what is volatile on %s', (adapter) => {
  test('is not in what an idempotency key remembers, nor in its answer', async () => {
    const running = await startApp({
      adapter,
      controllers: [],
      imports: [WizardModule.register([wizard], { path: '/forms' })],
    });
    const { store } = running.app.get<SessionRuntime>(SESSION_RUNTIME, { strict: false });
    const commit = vi.spyOn(store, 'commit');
    const browser = running.browser();
    const { instance } = (await (await browser.post('/forms/card')).json()) as WizardView;
    const body = { revision: 1, fields: { card: CARD, holder: '' } };
    const key = { 'idempotency-key': 'once' };
    const next = () => browser.post(`/forms/card/${instance}/next`, body, key);
    const first = await (await next()).text();
    const again = await next();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    for (const text of [first, await again.text()]) {
      expect(text).not.toContain(CARD);
      expect((JSON.parse(text) as { issues: unknown }).issues).toEqual([
        { path: 'card', message: 'not accepted' },
        { path: 'card', message: 'not accepted' },
        { path: 'holder', message: 'not accepted' },
        { path: 'holder', message: 'holder is missing' },
        { path: '', message: 'not accepted' },
      ]);
    }
    const outcomes = commit.mock.calls.map(([{ journal }]) => journal?.outcome ?? '');
    expect(Buffer.concat(outcomes.map((bytes) => Buffer.from(bytes))).toString()).toContain(
      'wizard-invalid',
    );
    const stored = commit.mock.calls.map(([{ operations }]) => inspect(operations, { depth: 20 }));
    for (const bytes of outcomes) expect(Buffer.from(bytes).toString()).not.toContain(CARD);
    expect(stored.join()).not.toContain(CARD);
    await running.close();
  });
});
