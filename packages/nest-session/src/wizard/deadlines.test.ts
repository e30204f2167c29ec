import { describe, expect, it } from 'vitest';
import { begun, checkout, INSTANCE } from '../../test/checkout-wizard.js';
import { wizardDeadlines } from './deadlines.js';
import type { WizardDefinition } from './definition.js';
import type { WizardState } from './state.js';

const timed: WizardDefinition = { ...checkout, ttlMs: 1000, idleMs: 100 };
const registered = (id: string) => (id === timed.id ? timed : undefined);

const ended = (bag: unknown) => wizardDeadlines(bag, registered);
const state = (part: Partial<WizardState>): WizardState => ({
  ...begun(),
  startedAtMs: 0,
  changedAtMs: 0,
  ...part,
});

describe('the deadlines of a session’s forms', () => {
  it.each<[string, Partial<WizardState>, { atMs: number; spanMs: number } | undefined]>([
    ['an open one: its idle time', { changedAtMs: 500 }, { atMs: 600, spanMs: 100 }],
    ['an open one: its whole time', { changedAtMs: 950 }, { atMs: 1000, spanMs: 1000 }],
    ['one that both end: its whole time', { changedAtMs: 900 }, { atMs: 1000, spanMs: 1000 }],
    ['one from before there were any', { changedAtMs: undefined }, { atMs: 100, spanMs: 100 }],
    ['one that was refused', { status: 'failed', changedAtMs: 10 }, { atMs: 110, spanMs: 100 }],
    ['one of an older version', { version: 1 }, { atMs: 100, spanMs: 100 }],
    ['one that is being submitted: none', { status: 'submitting' }, undefined],
    ['one that is done: none', { status: 'done' }, undefined],
    ['one of a wizard that is not registered: none', { wizard: 'other' }, undefined],
    ['one of a name that objects have: none', { wizard: 'constructor' }, undefined],
  ])('%s', (_name, part, end) => {
    const data = { wizard: 'checkout', instance: INSTANCE };
    expect(ended({ [INSTANCE]: state(part) })).toEqual(
      end ? [{ event: 'wizard-expiring', of: INSTANCE, data, ...end }] : [],
    );
  });

  it('are none where instances live as long as the session', () => {
    expect(wizardDeadlines({ [INSTANCE]: state({}) }, () => checkout)).toEqual([]);
  });

  it('are as many as there may be instances, the next ones first', () => {
    const bag = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => {
        const instance = `instance-${String(index).padStart(10, '0')}`;
        return [instance, state({ instance, changedAtMs: 20 - index })];
      }),
    );
    expect(ended(bag).map(({ atMs }) => atMs)).toEqual([101, 102, 103, 104, 105, 106, 107, 108]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'wizards'],
    ['a list', [state({})]],
    ['a map', new Map([[INSTANCE, state({})]])],
    ['text for an instance', { [INSTANCE]: 'open' }],
    ['null for an instance', { [INSTANCE]: null }],
    ['a name that is none', { short: state({}) }],
    ['an instance without a start', { [INSTANCE]: { wizard: 'checkout', status: 'open' } }],
    ['times that are none', { [INSTANCE]: { ...state({}), changedAtMs: 1n } }],
    ['times without end', { [INSTANCE]: { ...state({}), startedAtMs: Number.POSITIVE_INFINITY } }],
    ['a wizard that is no name', { [INSTANCE]: { ...state({}), wizard: 7 } }],
  ])('are none where an application keeps something else: %s', (_name, bag) => {
    expect(ended(bag)).toEqual([]);
  });
});
