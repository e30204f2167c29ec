import { describe, expect, it } from 'vitest';
import { begun, checkout, INSTANCE } from '../../test/checkout-wizard.js';
import { findInstance, newestOpenInstance, putInstance } from './bag.js';
import { WIZARD_LIMITS } from './limits.js';
import { encodedBytes } from './measure.js';
import type { WizardBag, WizardState } from './state.js';

function run(number: number, status: WizardState['status'] = 'open'): WizardState {
  return { ...begun(), instance: `run-${number}-0123456789`, startedAtMs: number, status };
}

function full(...states: WizardState[]): WizardBag {
  return states.reduce<WizardBag>((bag, state) => putInstance(bag, state), {});
}

describe('the wizards of a session', () => {
  it('find an instance of the asked wizard only', () => {
    const bag = putInstance(undefined, begun());
    expect(findInstance(bag, checkout, INSTANCE)).toEqual(begun());
    expect(findInstance(bag, { ...checkout, id: 'survey' }, INSTANCE)).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString', '', 'a/b', 'x'.repeat(65)])(
    'find nothing under %j',
    (instance) => {
      expect(findInstance(putInstance(undefined, begun()), checkout, instance)).toBeUndefined();
    },
  );

  it('bring an instance of an older version to the current one', () => {
    const bag = putInstance(undefined, { ...begun(), version: 1, answers: { contact: {} } });
    expect(findInstance(bag, checkout, INSTANCE)).toMatchObject({ version: 2, answers: {} });
  });

  it('offer the newest run that is not done', () => {
    const bag = full(run(1), run(3, 'done'), run(2, 'failed'));
    expect(newestOpenInstance(bag, checkout)?.startedAtMs).toBe(2);
  });

  it('make room by dropping the oldest finished run first', () => {
    const count = WIZARD_LIMITS.maxInstances;
    const open = Array.from({ length: count - 1 }, (_, index) => run(index + 1));
    const bag = full(...open, run(50, 'done'));
    const next = putInstance(bag, run(60));
    expect(Object.keys(next)).toHaveLength(count);
    expect(Object.values(next).map((state) => state.startedAtMs)).not.toContain(50);
  });

  it('drop a claimed run last, because its side effect may need what was frozen', () => {
    const claimed = run(1, 'submitting');
    const others = Array.from({ length: 20 }, (_, index) => run(index + 2));
    const bag = full(claimed, ...others);
    expect(bag[claimed.instance]).toBe(claimed);
    expect(Object.keys(bag)).toHaveLength(WIZARD_LIMITS.maxInstances);
  });
});

describe('encodedBytes', () => {
  it.each<[string, unknown, number]>([
    ['text by its UTF-8 length', 'é', 7],
    ['an object by its keys and values', { a: 1 }, 20],
    ['a bigint by its digits', 2n ** 64n - 1n, 13],
    ['bytes by their number', new Uint8Array(100), 105],
    ['a map by its keys and values', new Map([['a', 1]]), 20],
    ['a set by its members', new Set(['a', 'b']), 17],
    ['a function as infinite', () => 1, Number.POSITIVE_INFINITY],
  ])('counts %s', (_name, value, bytes) => {
    expect(encodedBytes(value)).toBe(bytes);
  });

  it('refuses to walk down a bottomless value', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100; level += 1) deep = [deep];
    expect(encodedBytes(deep)).toBe(Number.POSITIVE_INFINITY);
  });
});
