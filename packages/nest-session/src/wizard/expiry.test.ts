import { describe, expect, it, test } from 'vitest';
import { begun, checkout, textFields } from '../../test/checkout-wizard.js';
import { cancel } from './cancellation.js';
import { defineWizard, type WizardAnswers, type WizardDefinition } from './definition.js';
import { expiresAtMs } from './expiry.js';
import { migrate } from './migrate.js';
import type { WizardState } from './state.js';

const timed: WizardDefinition = { ...checkout, ttlMs: 1000, idleMs: 100 };

describe('the time of an instance', () => {
  it.each<[string, Partial<WizardState>, number | undefined]>([
    ['ends after its idle time', { changedAtMs: 500 }, 600],
    ['ends after its whole time', { changedAtMs: 950 }, 1000],
    ['counts from the start when it is from before there was one', { changedAtMs: undefined }, 100],
    ['does not end while the side effect may run', { status: 'submitting' }, undefined],
    ['goes on for an outcome', { status: 'done', changedAtMs: 990 }, 1990],
    ['ends for a failed one as for an open one', { status: 'failed', changedAtMs: 10 }, 110],
  ])('%s', (_name, part, expected) => {
    expect(expiresAtMs(timed, { ...begun(), startedAtMs: 0, ...part })).toBe(expected);
  });

  it('does not end by itself', () => {
    expect(expiresAtMs(checkout, begun())).toBeUndefined();
    expect(expiresAtMs({ ...timed, ttlMs: undefined }, { ...begun(), status: 'done' })).toBe(
      undefined,
    );
  });

  it.each(['30s', '31d', 'soon', -1])('is no %s', (ttl) => {
    const steps = { a: { schema: textFields('a') } };
    const define = () => defineWizard({ id: 'a', version: 1, steps, ttl, complete: () => ({}) });
    expect(define).toThrow(/wizard "a": ttl is .*, expected a time from 1m to 30d/);
  });
});

test.each<[WizardState['status'], number, string]>([
  ['open', 1, 'cancelled'],
  ['failed', 1, 'cancelled'],
  ['open', 2, 'conflict'],
  ['submitting', 1, 'refused'],
  ['done', 1, 'refused'],
])('cancelling one that is %s with revision %i: %s', (status, revision, expected) => {
  expect(cancel({ ...begun(), status }, { revision }).status).toBe(expected);
});

describe('migrations', () => {
  const versioned = (migrations: Record<number, (answers: WizardAnswers) => object>) =>
    ({
      ...checkout,
      version: 3,
      migrations: new Map(Object.entries(migrations).map(([from, fn]) => [Number(from), fn])),
    }) as WizardDefinition;
  const old: WizardState = {
    ...begun(),
    version: 1,
    answers: { contact: { mail: 'ada@example.org' }, delivery: { city: 'London', gift: 'no' } },
    drafts: { payment: { holder: 'Ada', cardNumber: '4242' } },
  };
  const rename = ({ contact, ...rest }: WizardAnswers) => ({
    ...rest,
    contact: { email: contact?.mail },
  });

  const fails = (): never => {
    throw new Error('a defect');
  };

  it('lead over every version, and what they leave out is asked again', () => {
    const definition = versioned({ 1: rename, 2: (all) => ({ ...all, delivery: undefined }) });
    expect(migrate(definition, old)).toMatchObject({
      version: 3,
      answers: { contact: { email: 'ada@example.org' } },
      drafts: { delivery: { city: 'London' }, payment: { holder: 'Ada' } },
      step: 'delivery',
      revision: old.revision + 1,
    });
    expect(JSON.stringify(migrate(definition, old))).not.toContain('4242');
  });

  it.each<[string, Record<number, (answers: WizardAnswers) => object>, number]>([
    ['a version on the way has none', { 2: rename }, 1],
    ['one throws', { 1: fails, 2: rename }, 1],
    ['the instance is of a newer version', { 1: rename, 2: rename }, 4],
  ])('are not used when %s: all answers become drafts', (_name, migrations, version) => {
    const state = migrate(versioned(migrations), { ...old, version });
    expect(state).toMatchObject({ version: 3, answers: {}, step: 'contact' });
    expect(state.drafts.contact).toEqual({ mail: 'ada@example.org' });
  });

  it.each([0, 1, 1.5])('from version %d to 1 cannot be', (from) => {
    const steps = { a: { schema: textFields('a') } };
    const define = () =>
      defineWizard({
        id: 'a',
        version: 1,
        steps,
        migrate: { [from]: (answers) => answers },
        complete: () => ({}),
      });
    expect(define).toThrow(/migrate is .*, expected versions before 1/);
  });
});
