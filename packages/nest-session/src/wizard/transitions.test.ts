import { describe, expect, it } from 'vitest';
import {
  answer,
  answered,
  begun,
  CONTACT,
  changed,
  checkout,
  DELIVERY,
  PAYMENT,
  textFields,
} from '../../test/checkout-wizard.js';
import { defineWizard } from './definition.js';
import { firstOpenStep, viewSteps, visibleSteps } from './journey.js';
import { migrate } from './migrate.js';
import type { WizardResult, WizardState } from './state.js';
import { back, draft, goto, submitStep } from './transitions.js';
import { validateStep } from './validate-step.js';

describe('a wizard going forward', () => {
  it('begins at its first step, at revision 1, with nothing answered', () => {
    expect(begun()).toMatchObject({ step: 'contact', revision: 1, answers: {}, status: 'open' });
  });

  it('goes on to the next step with every valid answer and counts the revision', async () => {
    const state = await answer(checkout, begun(), { contact: CONTACT, delivery: DELIVERY });
    expect(state).toMatchObject({ step: 'payment', revision: 3 });
    expect(state.answers).toEqual({ contact: CONTACT, delivery: DELIVERY });
  });

  it('keeps what was typed when the answer is not valid, and stays', async () => {
    const input = { city: 'London', gift: '' };
    const state = await answer(checkout, begun(), { contact: CONTACT });
    const validation = await validateStep(checkout, 'delivery', input);
    const write = { revision: state.revision, step: 'delivery', validation };
    const next = changed(submitStep(checkout, state, write));
    expect(validation).toMatchObject({ issues: [{ path: 'gift', message: 'gift is missing' }] });
    expect(next).toMatchObject({ step: 'delivery', drafts: { delivery: input } });
    expect(next.answers.delivery).toBeUndefined();
  });

  it('drops the draft of a step once it is answered', async () => {
    const typing = draft(checkout, begun(), { revision: 1, step: 'contact', fields: CONTACT });
    const state = await answer(checkout, changed(typing), { contact: CONTACT });
    expect(state.drafts).toEqual({});
  });

  it('shows a conditional step only when its answers ask for it', async () => {
    const plain = await answer(checkout, begun(), { contact: CONTACT, delivery: DELIVERY });
    const gift = await answer(checkout, begun(), {
      contact: CONTACT,
      delivery: { ...DELIVERY, gift: 'yes' },
    });
    expect(visibleSteps(checkout, plain.answers)).not.toContain('gift');
    expect(gift.step).toBe('gift');
  });
});

describe('volatile fields', () => {
  it('are validated', async () => {
    const validation = await validateStep(checkout, 'payment', { holder: 'Ada', cardNumber: '' });
    expect(validation).toMatchObject({ status: 'invalid', issues: [{ path: 'cardNumber' }] });
  });

  it('are in no state, whichever way they come', async () => {
    const ready = await answer(checkout, begun(), { contact: CONTACT, delivery: DELIVERY });
    const { revision } = ready;
    const wrong = await validateStep(checkout, 'payment', { holder: '', cardNumber: '4242' });
    const states = [
      await answered(),
      changed(draft(checkout, ready, { revision, step: 'payment', fields: PAYMENT })),
      changed(back(checkout, ready, { revision, step: 'payment', fields: PAYMENT })),
      changed(submitStep(checkout, ready, { revision, step: 'payment', validation: wrong })),
    ];
    for (const state of states) {
      expect(JSON.stringify(state)).not.toContain('cardNumber');
      expect(JSON.stringify(state)).not.toContain('4242');
    }
    expect(states[1]?.drafts.payment).toEqual({ holder: 'Ada' });
  });
});

describe('a wizard going back', () => {
  it('goes one step back and keeps what was typed', async () => {
    const state = await answer(checkout, begun(), { contact: CONTACT });
    const write = { revision: state.revision, step: 'delivery', fields: { city: 'Lon' } };
    const next = changed(back(checkout, state, write));
    expect(next).toMatchObject({ step: 'contact', drafts: { delivery: { city: 'Lon' } } });
    expect(next.answers.contact).toEqual(CONTACT);
  });

  it('stays at the first step', () => {
    expect(changed(back(checkout, begun(), { revision: 1, step: 'contact' })).step).toBe('contact');
  });

  it('asks dependent steps again when an answer they build on changed', async () => {
    const state = await answer(checkout, await answered(), { contact: { email: 'b@example.org' } });
    expect(state.stale).toEqual(['delivery', 'payment']);
    expect(state.answers.delivery).toEqual(DELIVERY);
    expect(firstOpenStep(checkout, state)).toBe('delivery');
  });

  it('asks nothing again when the same answer is sent', async () => {
    const state = await answer(checkout, await answered(), { contact: { ...CONTACT } });
    expect(state.stale).toEqual([]);
    expect(firstOpenStep(checkout, state)).toBeUndefined();
  });

  it('forgets staleness as the steps are answered again', async () => {
    const other = { contact: { email: 'b@example.org' }, delivery: DELIVERY, payment: PAYMENT };
    const state = await answer(checkout, await answered(), other);
    expect(viewSteps(checkout, state).map((view) => view.status)).toEqual([
      'answered',
      'answered',
      'answered',
      'readonly',
    ]);
  });
});

describe('a write that is not taken', () => {
  const valid = { status: 'valid', answers: CONTACT } as const;
  const big = { status: 'valid', answers: { email: 'x'.repeat(20_000) } } as const;
  const writes: [string, (state: WizardState) => WizardResult, object][] = [
    [
      'an old revision',
      (state) => submitStep(checkout, state, { revision: 0, step: 'contact', validation: valid }),
      { status: 'conflict' },
    ],
    [
      'a future revision',
      (state) => draft(checkout, state, { revision: 2, step: 'contact', fields: {} }),
      { status: 'conflict' },
    ],
    [
      'a step that does not exist',
      (state) => goto(checkout, state, { revision: 1, step: '__proto__' }),
      { status: 'refused', reason: 'unknown-step', step: 'contact' },
    ],
    [
      'a step outside this journey',
      (state) => goto(checkout, state, { revision: 1, step: 'gift' }),
      { status: 'refused', reason: 'unknown-step' },
    ],
    [
      'a step whose predecessors are open',
      (state) => draft(checkout, state, { revision: 1, step: 'payment', fields: {} }),
      { status: 'refused', reason: 'not-reachable', step: 'contact' },
    ],
    [
      'an answer above the size limit',
      (state) => submitStep(checkout, state, { revision: 1, step: 'contact', validation: big }),
      { status: 'refused', reason: 'too-large' },
    ],
  ];

  it.each(writes)('%s leaves the state as it was and shows it', (_name, write, expected) => {
    const state = begun();
    const result = write(state);
    expect(result).toMatchObject(expected);
    expect(result.state).toBe(state);
  });

  it('includes every write after the wizard was submitted', async () => {
    for (const status of ['submitting', 'done'] as const) {
      const state: WizardState = { ...(await answered()), status };
      const write = { revision: state.revision, step: 'contact', fields: {} };
      expect(draft(checkout, state, write)).toMatchObject({ reason: 'submitted' });
    }
  });
});

describe('a new version of a wizard', () => {
  const older = (state: WizardState): WizardState => ({ ...state, version: 1 });

  it('turns the answers of the old one into drafts, so nothing typed is lost', async () => {
    const state = migrate(checkout, older(await answered()));
    expect(state).toMatchObject({ version: 2, step: 'contact', answers: {} });
    expect(state.drafts).toEqual({
      contact: CONTACT,
      delivery: DELIVERY,
      payment: { holder: 'Ada' },
    });
  });

  it('drops answers of steps that are gone', () => {
    const state = older({ ...begun(), answers: { survey: { colour: 'blue' } } });
    expect(migrate(checkout, state).drafts).toEqual({});
  });

  it('leaves what was submitted alone', async () => {
    const state = older({ ...(await answered()), status: 'submitting' });
    expect(migrate(checkout, state)).toBe(state);
  });
});

describe('defineWizard', () => {
  const schema = textFields('a');
  const complete = () => ({});
  const withVolatile = (volatile: unknown) => {
    const steps = { a: { schema, volatile: volatile as string[] } };
    return defineWizard({ id: 'a', version: 1, steps, complete });
  };
  const cases: [string, () => unknown, RegExp][] = [
    [
      'an id',
      () => defineWizard({ id: 'A b', version: 1, steps: { a: { schema } }, complete }),
      /id is "A b"/,
    ],
    [
      'a version',
      () => defineWizard({ id: 'a', version: 0, steps: { a: { schema } }, complete }),
      /version is 0/,
    ],
    [
      'no step',
      () => defineWizard({ id: 'a', version: 1, steps: {}, complete }),
      /steps is 0, expected 1 to 32/,
    ],
    [
      'a step name of digits, which would reorder the journey',
      () => defineWizard({ id: 'a', version: 1, steps: { 1: { schema } }, complete }),
      /steps\.1 is "1"/,
    ],
    [
      'a dependency on a later step',
      () =>
        defineWizard({
          id: 'a',
          version: 1,
          steps: { a: { schema, dependsOn: ['b'] }, b: { schema } },
          complete,
        }),
      /steps\.a\.dependsOn is "b", expected names of earlier steps \(there is none\)/,
    ],
    [
      'a volatile field inside another, whose value would be stored',
      () => withVolatile(['card.number']),
      /wizard "a": steps\.a\.volatile is "card\.number", expected names of top-level fields/,
    ],
    [
      'a volatile field by an index',
      () => withVolatile(['cards[0]']),
      /steps\.a\.volatile is "cards\[0\]", expected names of top-level fields/,
    ],
    ['a volatile field that is no text', () => withVolatile([7]), /steps\.a\.volatile is 7/],
    [
      'volatile fields that are no list',
      () => withVolatile('card'),
      /steps\.a\.volatile is "card", expected a list of names of fields/,
    ],
    [
      'a size above the limit',
      () =>
        defineWizard({ id: 'a', version: 1, maxBytes: 1e9, steps: { a: { schema } }, complete }),
      /maxBytes is 1000000000/,
    ],
  ];
  it.each(cases)('refuses %s and says what it wants', (_name, define, message) => {
    expect(define).toThrow(message);
  });
});
