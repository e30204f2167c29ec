import { expect, test } from 'vitest';
import { COVERED, NOT_HERE, PENDING } from './asvs-list.js';
import { idsIn, idsInTitles } from './titles.js';

const named = idsInTitles();

test.each(COVERED)('a test names %s', (id) => {
  expect(named.get(id) ?? []).not.toEqual([]);
});

test('no title names an id that is not in the list', () => {
  const known = new Set<string>([...COVERED, ...Object.keys(NOT_HERE), ...Object.keys(PENDING)]);
  expect([...named.keys()].filter((id) => !known.has(id))).toEqual([]);
});

test('what is pending has no test yet', () => {
  const pending = Object.entries(PENDING);
  if (pending.length > 0) {
    console.log(`ASVS, pending:\n${pending.map(([id, what]) => `  ${id} ${what}`).join('\n')}`);
  }
  expect(pending.map(([id]) => id).filter((id) => named.has(id))).toEqual([]);
});

test('no id is in the list twice', () => {
  const all = [...COVERED, ...Object.keys(NOT_HERE), ...Object.keys(PENDING)];
  expect(all.length).toBe(new Set(all).size);
});

test('an id counts in a title, and not in a comment', () => {
  const source = `
    // as of (ASVS 1.1.1)
    /** (ASVS 2.2.2) */
    test('is so (ASVS 3.3.1, 7.2.4)', () => {});
    describe.each(ADAPTERS)('on %s (ASVS 7.3.1)', () => {});
  `;
  expect(idsIn(source)).toEqual(['3.3.1', '7.2.4', '7.3.1']);
});
