import { describe, expect, it } from 'vitest';
import { answer, changed, textFields } from '../../test/checkout-wizard.js';
import { defineWizard } from './definition.js';
import { jsonView } from './nest/json-view.js';
import type { StandardSchema } from './standard-schema.js';
import { start, submitStep } from './transitions.js';
import { validateStep } from './validate-step.js';

const anything: StandardSchema<unknown, Record<string, unknown>> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as Record<string, unknown> }),
  },
};

const wizard = defineWizard({
  id: 'any',
  version: 1,
  maxBytes: 600,
  steps: { first: { schema: anything }, second: { schema: textFields('a'), dependsOn: ['first'] } },
  complete: () => ({}),
});

const begun = () => start(wizard, { instance: 'instance-0123456789', nowMs: 1_000 });

const VALUES: [string, () => unknown, unknown][] = [
  ['a bigint', () => 12n, 13n],
  ['a map', () => new Map([['a', 1]]), new Map([['a', 2]])],
  ['a set', () => new Set(['a']), new Set(['b'])],
  ['a date', () => new Date(1_000), new Date(2_000)],
  ['bytes', () => new Uint8Array([1, 2]), new Uint8Array([1, 3])],
];

describe('answers that are more than JSON', () => {
  it.each(VALUES)('are compared by content: %s', async (_name, make, other) => {
    const state = await answer(wizard, begun(), { first: { value: make() }, second: { a: 'b' } });
    const same = await answer(wizard, state, { first: { value: make() } });
    expect(same.stale).toEqual([]);
    const changedState = await answer(wizard, same, { first: { value: other } });
    expect(changedState.stale).toEqual(['second']);
  });

  it.each<[string, unknown]>([
    ['a map', new Map([['a', 'x'.repeat(50_000)]])],
    ['a set', new Set(['x'.repeat(50_000)])],
    ['bytes', new Uint8Array(50_000)],
    ['a bigint', 2n ** 40_000n],
  ])('are held against `maxBytes`: %s', (_name, value) => {
    const validation = { status: 'valid', answers: { value } } as const;
    const result = submitStep(wizard, begun(), { revision: 1, step: 'first', validation });
    expect(result).toMatchObject({ status: 'refused', reason: 'too-large' });
  });

  it('are shown to programs as JSON can carry them', () => {
    const answers = {
      big: 2n ** 64n,
      map: new Map([['a', 1n]]),
      set: new Set([1]),
      bytes: new Uint8Array([1, 2, 3]),
      date: new Date(0),
    };
    const validation = { status: 'valid', answers } as const;
    const state = changed(submitStep(wizard, begun(), { revision: 1, step: 'first', validation }));
    expect(JSON.parse(JSON.stringify(jsonView(wizard, state))).answers.first).toEqual({
      big: '18446744073709551616',
      map: [['a', '1']],
      set: [1],
      bytes: 'AQID',
      date: '1970-01-01T00:00:00.000Z',
    });
  });
});

describe('what a schema makes of a step', () => {
  const giving = (value: unknown) => {
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value }) },
    } as const;
    return defineWizard({
      id: 'any',
      version: 1,
      steps: { only: { schema } },
      complete: () => ({}),
    });
  };

  it.each<[string, unknown]>([
    ['a list', ['a', 'b']],
    ['a map', new Map([['a', 1]])],
    ['a set', new Set(['a'])],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array([1])],
    ['text', 'a'],
    ['a number', 0],
  ])('is not dropped in silence where it is no object with fields: %s', async (what, value) => {
    await expect(validateStep(giving(value), 'only', {})).rejects.toThrow(
      `wizard "any": the schema of the step "only" gave ${what}, expected an object with fields`,
    );
  });

  it('may be nothing, for a step that only has to be passed', async () => {
    const nothing = { status: 'valid', answers: {} };
    expect(await validateStep(giving(undefined), 'only', {})).toEqual(nothing);
    expect(await validateStep(giving(null), 'only', {})).toEqual(nothing);
  });

  it('may be an instance, of which the fields are kept', async () => {
    class Address {
      constructor(readonly city: string) {}
    }
    const { answers } = (await validateStep(giving(new Address('Oslo')), 'only', {})) as {
      answers: unknown;
    };
    expect(answers).toStrictEqual({ city: 'Oslo' });
  });
});
