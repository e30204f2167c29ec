import { describe, expect, it } from 'vitest';
import {
  answer,
  answered,
  begun,
  CONTACT,
  checkout,
  DELIVERY,
  INSTANCE,
} from '../../test/checkout-wizard.js';
import type { WizardState } from './state.js';
import { fail, settle, submit } from './submission.js';
import { draft } from './transitions.js';

async function claimedState(): Promise<WizardState> {
  const state = await answered();
  return submit(checkout, state, { revision: state.revision, submission: { total: 100 } }).state;
}

describe('submitting a wizard', () => {
  it('claims it with the instance as the key and what was frozen', async () => {
    const state = await answered();
    const write = { revision: state.revision, submission: { total: 100 } };
    expect(submit(checkout, state, write)).toMatchObject({
      status: 'claimed',
      state: { status: 'submitting', revision: state.revision + 1 },
      completion: {
        key: INSTANCE,
        answers: { contact: CONTACT, delivery: DELIVERY, payment: { holder: 'Ada' } },
        submission: { total: 100 },
      },
    });
  });

  it('names the step that is still open', async () => {
    const state = await answer(checkout, begun(), { contact: CONTACT });
    const result = submit(checkout, state, { revision: state.revision });
    expect(result).toMatchObject({ status: 'refused', reason: 'incomplete', step: 'delivery' });
  });

  it('is a conflict when the form moved on', async () => {
    const state = await answered();
    const result = submit(checkout, state, { revision: state.revision - 1 });
    expect(result).toEqual({ status: 'conflict', state });
  });

  it('claims again what a node left behind, with what was frozen then', async () => {
    const left = await claimedState();
    const again = submit(checkout, left, { revision: 1, submission: { total: 999 } });
    expect(again).toMatchObject({
      status: 'claimed',
      completion: { key: INSTANCE, submission: { total: 100 } },
    });
    expect(again.state).toBe(left);
  });

  it('answers the outcome for ever after, whatever the revision', async () => {
    const done = settle(await claimedState(), { orderId: 'o-1' });
    const result = submit(checkout, done, { revision: 1 });
    expect(result).toEqual({ status: 'done', state: done, outcome: { orderId: 'o-1' } });
  });

  it('passes no answer of a step that left the journey', async () => {
    const gift = { gift: { wish: 'joy' } };
    const withGift = await answer(checkout, begun(), {
      contact: CONTACT,
      delivery: { city: 'London', gift: 'yes' },
      ...gift,
      payment: { holder: 'Ada', cardNumber: '4242' },
    });
    const without = await answer(checkout, withGift, {
      delivery: DELIVERY,
      payment: { holder: 'Ada', cardNumber: '4242' },
    });
    expect(without.answers.gift).toEqual({ wish: 'joy' });
    const result = submit(checkout, without, { revision: without.revision });
    expect(result.status === 'claimed' && Object.keys(result.completion.answers)).toEqual([
      'contact',
      'delivery',
      'payment',
    ]);
  });
});

describe('settling a wizard', () => {
  it('keeps the outcome and nothing of the answers', async () => {
    const done = settle(await claimedState(), { orderId: 'o-1' });
    expect(done).toMatchObject({ status: 'done', outcome: { orderId: 'o-1' }, answers: {} });
    expect(JSON.stringify(done)).not.toContain(CONTACT.email);
  });

  it('lets the first outcome stand', async () => {
    const done = settle(await claimedState(), { orderId: 'o-1' });
    expect(settle(done, { orderId: 'o-2' })).toBe(done);
    expect(fail(done, { reason: 'late', message: 'too late' })).toBe(done);
  });

  it('takes an outcome as a fact, also after a parallel submit was refused', async () => {
    const failed = fail(await claimedState(), { reason: 'late', message: 'too late' });
    expect(settle(failed, { orderId: 'o-1' })).toMatchObject({ status: 'done' });
  });

  it('refuses nothing that was not claimed', async () => {
    const state = await answered();
    expect(fail(state, { reason: 'late', message: 'too late' })).toBe(state);
  });
});

describe('a wizard whose completion was refused', () => {
  const failure = { reason: 'cart-empty', message: 'Your basket is empty.' };

  it('keeps its answers and says why', async () => {
    const failed = fail(await claimedState(), failure);
    expect(failed).toMatchObject({ status: 'failed', outcome: failure, submission: null });
    expect(failed.answers.contact).toEqual(CONTACT);
  });

  it('may be submitted again', async () => {
    const failed = fail(await claimedState(), failure);
    const again = submit(checkout, failed, { revision: failed.revision });
    expect(again).toMatchObject({ status: 'claimed', state: { status: 'submitting' } });
  });

  it('is open again with the next answer', async () => {
    const failed = fail(await claimedState(), failure);
    const write = { revision: failed.revision, step: 'contact', fields: {} };
    const next = draft(checkout, failed, write);
    expect(next).toMatchObject({ status: 'changed', state: { status: 'open', outcome: null } });
  });
});
