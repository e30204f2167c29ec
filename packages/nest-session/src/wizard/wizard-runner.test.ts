import { describe, expect, it } from 'vitest';
import { CONTACT, PAYMENT, textFields } from '../../test/checkout-wizard.js';
import { SharedSession } from '../../test/shared-session.js';
import { defineWizard, type WizardFields } from './definition.js';
import { WizardRejectedError } from './errors.js';
import type { WizardData } from './wizard-host.js';
import { WizardRunner } from './wizard-runner.js';

interface ShopData extends WizardData {
  cart: number;
}

type Complete = (key: string, total: number) => Promise<{ orderId: string }>;

function checkoutWith(complete: Complete) {
  return defineWizard<
    { contact: { schema: ReturnType<typeof textFields> }; payment: typeof payment },
    { orderId: string },
    { total: number }
  >({
    id: 'checkout',
    version: 1,
    steps: { contact: { schema: textFields('email') }, payment },
    complete: ({ key, submission }) => complete(key, submission.total),
  });
}

const payment = { schema: textFields('holder', 'cardNumber'), volatile: ['cardNumber'] } as const;

function runnerOf(session: SharedSession<ShopData>, complete: Complete) {
  return new WizardRunner(checkoutWith(complete), session, () => 1_000);
}

/** A session with a checkout that only needs to be submitted. */
async function answeredCheckout(complete: Complete) {
  const session = new SharedSession<ShopData>({ cart: 3 });
  const runner = runnerOf(session, complete);
  let { instance, revision } = await runner.start();
  for (const [step, fields] of Object.entries({ contact: CONTACT, payment: PAYMENT })) {
    const result = await runner.submitStep(instance, { revision, step, fields });
    if (result.status !== 'changed') throw new Error(result.status);
    revision = result.state.revision;
  }
  const submission = {
    revision,
    freeze: (data: ShopData) => ({ total: data.cart * 100 }),
    settled: (data: ShopData) => {
      data.cart -= 3;
    },
  };
  return { session, runner, instance, submission };
}

const placed: Complete = async (key, total) => ({ orderId: `${key}/${total}` });

describe('a wizard in a session', () => {
  it('is found again by any runner of the session', async () => {
    const session = new SharedSession<ShopData>({ cart: 3 });
    const { instance } = await runnerOf(session, placed).start();
    const other = runnerOf(session, placed);
    expect(other.find(instance)).toMatchObject({ step: 'contact', revision: 1 });
    expect(other.newestOpen()?.instance).toBe(instance);
    expect(instance).toMatch(/^[\w-]{22}$/);
  });

  it('takes one of two parallel writes and tells the other what it is now', async () => {
    const session = new SharedSession<ShopData>({ cart: 3 });
    const runner = runnerOf(session, placed);
    const { instance, revision } = await runner.start();
    const write = (email: string) =>
      runner.submitStep(instance, { revision, step: 'contact', fields: { email } });
    const results = await Promise.all([write('a@example.org'), write('b@example.org')]);
    expect(results.map((result) => result.status).sort()).toEqual(['changed', 'conflict']);
    expect(results[0]).toMatchObject({ state: { revision: 2, step: 'payment' } });
    expect(results[1]).toMatchObject({ state: { revision: 2, step: 'payment' } });
  });

  it('stores the repetition of a write once more, so that it waits for copies as the first time did', async () => {
    const session = new SharedSession<ShopData>({ cart: 3 });
    const checkout = checkoutWith(placed);
    let nowMs = 1;
    const keyed = { request: 'digest-of-a-key' };
    const runner = new WizardRunner(checkout, session, () => nowMs, undefined, keyed);
    const { instance } = await runner.start();
    const write = { revision: 1, step: 'contact', fields: { email: 'ada@example.org' } };
    const first = await runner.draft(instance, write);
    nowMs = 2;
    const again = await runner.draft(instance, write);
    expect([first, again]).toMatchObject([
      { status: 'changed', state: { revision: 2, changedAtMs: 1 } },
      { status: 'changed', state: { revision: 2, changedAtMs: 2 } },
    ]);
    expect(runner.find(instance)).toEqual((again as { state: unknown }).state);
  });

  it('keeps what was typed when a step is not valid', async () => {
    const runner = runnerOf(new SharedSession<ShopData>({ cart: 3 }), placed);
    const { instance, revision } = await runner.start();
    const write = { revision, step: 'contact', fields: { email: '', note: 'later' } };
    const result = await runner.submitStep(instance, write);
    expect(result).toMatchObject({ status: 'invalid', issues: [{ path: 'email' }] });
    expect(runner.find(instance)?.drafts.contact).toEqual({ email: '', note: 'later' });
  });

  it.each<[string, (runner: ReturnType<typeof runnerOf>, instance: string) => Promise<object>]>([
    [
      'draft',
      (runner, instance) => runner.draft(instance, { revision: 1, step: 'contact', fields: {} }),
    ],
    ['back', (runner, instance) => runner.back(instance, { revision: 1, step: 'contact' })],
    ['goto', (runner, instance) => runner.goto(instance, { revision: 1, step: 'contact' })],
    ['submit', (runner, instance) => runner.submit(instance, { revision: 1 })],
  ])('answers a %s of an unknown instance with "missing"', async (_name, call) => {
    const runner = runnerOf(new SharedSession<ShopData>({ cart: 3 }), placed);
    expect(await call(runner, 'unknown-0123456789')).toEqual({ status: 'missing' });
  });
});

describe('submitting a wizard in a session', () => {
  it('runs complete once with the answers and what was frozen with the claim', async () => {
    const calls: WizardFields[] = [];
    const { session, runner, instance, submission } = await answeredCheckout(async (key, total) => {
      calls.push({ key, total, status: session.data.wizards?.[key]?.status });
      return placed(key, total);
    });
    const result = await runner.submit(instance, submission);
    expect(result).toMatchObject({ status: 'done', outcome: { orderId: `${instance}/300` } });
    expect(calls).toEqual([{ key: instance, total: 300, status: 'submitting' }]);
    expect(session.data.cart).toBe(0);
  });

  it('makes one outcome and one change of two parallel submits', async () => {
    let calls = 0;
    const { session, runner, instance, submission } = await answeredCheckout(async (key) => {
      calls += 1;
      return { orderId: `${key}/${calls}` };
    });
    const results = await Promise.all([
      runner.submit(instance, submission),
      runner.submit(instance, submission),
    ]);
    const outcomes = new Set(results.map((result) => JSON.stringify(result)));
    expect(outcomes.size).toBe(1);
    expect(calls).toBe(1);
    expect(session.data.cart).toBe(0);
  });

  it('goes on with the same key and the same total after a node died inside complete', async () => {
    const seen: unknown[] = [];
    const { session, runner, instance, submission } = await answeredCheckout(async (key, total) => {
      seen.push([key, total]);
      throw new Error('killed');
    });
    await expect(runner.submit(instance, submission)).rejects.toThrow('killed');
    expect(session.data.wizards?.[instance]?.status).toBe('submitting');
    session.data.cart = 9; // changed in another tab while nobody was working on the order
    const elsewhere = runnerOf(session, async (key, total) => {
      seen.push([key, total]);
      return placed(key, total);
    });
    expect(await elsewhere.submit(instance, submission)).toMatchObject({ status: 'done' });
    expect(seen).toEqual([
      [instance, 300],
      [instance, 300],
    ]);
    expect(session.data.cart).toBe(6);
  });

  it('answers the first outcome to a submit that comes late', async () => {
    const { session, runner, instance, submission } = await answeredCheckout(placed);
    const first = await runner.submit(instance, submission);
    expect(await runner.submit(instance, { ...submission, revision: 1 })).toEqual(first);
    expect(session.data.cart).toBe(0);
  });

  it('opens again when complete refuses', async () => {
    const { session, runner, instance, submission } = await answeredCheckout(async () => {
      throw new WizardRejectedError('sold-out', 'Somebody was faster.');
    });
    const result = await runner.submit(instance, submission);
    expect(result).toMatchObject({
      status: 'rejected',
      reason: 'sold-out',
      state: { status: 'failed', answers: { contact: CONTACT } },
    });
    expect(session.data.cart).toBe(3);
  });

  it('claims nothing when there is nothing to freeze', async () => {
    const { session, runner, instance, submission } = await answeredCheckout(placed);
    const freeze = () => {
      throw new WizardRejectedError('cart-empty', 'Your basket is empty.');
    };
    const result = await runner.submit(instance, { ...submission, freeze });
    expect(result).toMatchObject({ status: 'rejected', reason: 'cart-empty' });
    expect(session.data.wizards?.[instance]?.status).toBe('open');
  });

  it('names the step that is missing', async () => {
    const runner = runnerOf(new SharedSession<ShopData>({ cart: 3 }), placed);
    const { instance, revision } = await runner.start();
    await runner.submitStep(instance, { revision, step: 'contact', fields: CONTACT });
    const result = await runner.submit(instance, { revision: 2 });
    expect(result).toMatchObject({ status: 'refused', reason: 'incomplete', step: 'payment' });
  });
});
