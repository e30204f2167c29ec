import { expect, test } from 'vitest';
import { COVERED, NEEDS_PROGRAMS, NOT_HERE, PENDING, WITHOUT_HTTP } from './asvs-list.js';
import { TestReader } from './read-tests.js';
import { testsByAsvsId } from './titles.js';

const named = testsByAsvsId();
const alwaysRun = (id: string) => named.get(id)?.filter(({ maySkip }) => !maySkip) ?? [];
const onBoth = (id: string) => alwaysRun(id).filter(({ onBothAdapters }) => onBothAdapters);

test.each(COVERED)('a test that runs names %s', (id) => {
  expect(id in NEEDS_PROGRAMS ? named.get(id) : alwaysRun(id)).not.toEqual([]);
  expect(named.has(id)).toBe(true);
});

test('what needs programs is covered, and by nothing that always runs', () => {
  for (const id of Object.keys(NEEDS_PROGRAMS)) {
    expect(COVERED).toContain(id);
    expect(alwaysRun(id)).toEqual([]);
  }
});

test.each(COVERED.filter((id) => !(id in WITHOUT_HTTP)))('%s is tested on both adapters', (id) => {
  expect(onBoth(id)).not.toEqual([]);
});

test('what needs no adapter is covered, and on no adapter', () => {
  for (const id of Object.keys(WITHOUT_HTTP)) {
    expect(COVERED).toContain(id);
    expect(onBoth(id)).toEqual([]);
  }
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

const idsIn = (source: string) => new TestReader(source).read().flatMap(({ ids }) => ids);
const isOnBoth = (source: string) => new TestReader(source).read()[0]?.onBothAdapters;

test('an id counts in a title, and in that of a group, and not in a comment', () => {
  const source = `
    // as of (ASVS 1.1.1)
    /** (ASVS 2.2.2) */
    test('is so (ASVS 3.3.1, 7.2.4)', () => { expect(1).toBe(1); });
    describe.each(ADAPTERS)('on %s (ASVS 7.3.1)', (adapter) => {
      it.each([1])('is %i (ASVS 7.3.2)', { timeout: 60_000 }, async (n) => expect(n).toBe(1));
    });
  `;
  expect(idsIn(source)).toEqual(['3.3.1', '7.2.4', '7.3.1', '7.3.2']);
});

test.each([
  ['skipped', "test.skip('a (ASVS 1.1.1)', () => { run(); });"],
  ['to be done', "test.todo('a (ASVS 1.1.1)');"],
  ['without a body', "test('a (ASVS 1.1.1)');"],
  ['of an empty body', "test('a (ASVS 1.1.1)', () => {});"],
  ['made at times', "if (fast) test('a (ASVS 1.1.1)', () => { run(); });"],
  ['expected to fail', "test.fails('a (ASVS 1.1.1)', () => { run(); });"],
  ['skipped by an option', "test('a (ASVS 1.1.1)', { skip: true }, () => { run(); });"],
  ['of no cases', "test.each([])('a (ASVS 1.1.1)', () => { run(); });"],
  [
    'in a skipped group',
    "describe.skip('g', () => { test('a (ASVS 1.1.1)', () => { run(); }); });",
  ],
  ['beside an only', "test('a (ASVS 1.1.1)', () => { run(); }); test.only('b', () => { run(); });"],
  ['a group with no test', "describe('g (ASVS 1.1.1)', () => { run(); });"],
  ['no test', "log('a (ASVS 1.1.1)', () => { run(); });"],
])('a title that is %s does not count', (_what, source) => {
  expect(idsIn(source)).toEqual([]);
});

test.each([
  ['describe.each(ADAPTERS)', "describe.each(ADAPTERS)('%s', () => { test('a', () => run()); });"],
  ['test.each(ADAPTERS)', "test.each(ADAPTERS)('%s', () => run());"],
  [
    'a list made of it',
    "const CASES = ADAPTERS.flatMap((one) => [one]); test.each(CASES)('%s', () => run());",
  ],
])('%s is both adapters', (_what, source) => {
  expect(isOnBoth(source)).toBe(true);
});

test.each([
  ['none', "test('a', () => run());"],
  ['one', "test.each(['express'])('%s', () => run());"],
  ['those of a group beside', "describe.each(ADAPTERS)('%s', () => {}); test('a', () => run());"],
])('%s is not both adapters', (_what, source) => {
  expect(isOnBoth(source)).toBe(false);
});

test.each([
  ["test.skipIf(slow)('a', () => run());", true],
  ["test.runIf(fast).each([1])('a', () => run());", true],
  ["describe.skipIf(slow).each(ADAPTERS)('%s', () => { test('a', () => run()); });", true],
  ["describe('g', () => { test('a', () => run()); });", false],
])('%s may be skipped: %s', (source, maySkip) => {
  expect(new TestReader(source).read().map((one) => one.maySkip)).toEqual([maySkip]);
});
