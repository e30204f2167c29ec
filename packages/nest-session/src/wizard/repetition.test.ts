import { describe, expect, it } from 'vitest';
import { answered, begun, CONTACT, changed, checkout } from '../../test/checkout-wizard.js';
import type { WizardResult, WizardState } from './state.js';
import { fail, submit } from './submission.js';
import { back, draft, goto, submitStep } from './transitions.js';

const request = 'digest-of-a-key';

type Write = (state: WizardState, revision: number) => WizardResult;

const valid = { status: 'valid', answers: CONTACT } as const;
const invalid = { status: 'invalid', issues: [], draft: { email: '' } } as const;
const step = 'contact';
const next: Write = (state, revision) =>
  submitStep(checkout, state, { revision, step, request, validation: valid });
const keep =
  (email: string): Write =>
  (state, revision) =>
    draft(checkout, state, { revision, step, request, fields: { email } });

const WRITES: [string, Write][] = [
  ['an answer', next],
  [
    'an answer that is not valid',
    (state, revision) =>
      submitStep(checkout, state, { revision, step, request, validation: invalid }),
  ],
  ['a draft', keep('a')],
  [
    'a step back',
    (state, revision) => back(checkout, state, { revision, step, request, fields: { email: 'a' } }),
  ],
  [
    'a step back without fields',
    (state, revision) => back(checkout, state, { revision, step, request }),
  ],
  ['a jump', (state, revision) => goto(checkout, state, { revision, step, request })],
];

describe('the repetition of a write that was stored', () => {
  it.each(WRITES)('is done, and changes nothing: %s', (_name, write) => {
    const state = changed(write(begun(), 1));
    const again = write(state, 1);
    expect(again.status).toBe('changed');
    expect(again.state).toBe(state);
  });

  it('is a conflict without a key, or with another one', () => {
    const keyed = changed(next(begun(), 1));
    const write = { revision: 1, step, validation: valid };
    for (const other of [undefined, 'digest-of-another-key']) {
      expect(submitStep(checkout, keyed, { ...write, request: other }).status).toBe('conflict');
    }
    const unkeyed = changed(submitStep(checkout, begun(), write));
    expect(unkeyed.last).toBeUndefined();
    expect(submitStep(checkout, unkeyed, write).status).toBe('conflict');
  });

  it('is a conflict when it says something else', () => {
    const state = changed(keep('a')(begun(), 1));
    expect(keep('b')(state, 1).status).toBe('conflict');
    expect(next(state, 1).status).toBe('conflict');
    expect(goto(checkout, state, { revision: 1, step, request }).status).toBe('conflict');
  });

  it('is a conflict when another write came after it, or it was never stored', () => {
    const state = changed(keep('b')(changed(keep('a')(begun(), 1)), 2));
    expect(keep('a')(state, 1).status).toBe('conflict');
    expect(keep('b')(state, 1).status).toBe('conflict');
    expect(keep('b')(begun(), 0).status).toBe('conflict');
  });

  it('is a conflict once the form was submitted and refused', async () => {
    const ready = await answered();
    const { revision } = ready;
    const jumped = changed(goto(checkout, ready, { revision, step, request }));
    const claimed = submit(checkout, jumped, { revision: jumped.revision }).state;
    const failed = fail(claimed, { reason: 'sold-out', message: 'Somebody was faster.' });
    for (const old of [revision, revision + 1, revision + 2]) {
      expect(goto(checkout, failed, { revision: old, step, request }).status).toBe('conflict');
    }
  });
});
