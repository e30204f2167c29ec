import { expect, it } from 'vitest';
import type { BuriedKey } from '../messages.js';
import { SuccessorBurials } from './successor-burials.js';

const end = (key: string): BuriedKey => ({
  key,
  version: { epoch: 1, seq: 1 },
  remainingMs: 60_000,
  reason: 'logout',
});

/** Burials that a test ends by hand, with everything that was asked for. */
function setUp() {
  const begun: string[] = [];
  const open = new Map<string, () => void>();
  const successors = new SuccessorBurials(({ key }, done) => {
    begun.push(key);
    open.set(key, done);
  });
  const confirmed: string[] = [];
  const ask = (asker: string, ...keys: string[]) =>
    successors.await(keys.map(end), asker, () => confirmed.push(asker));
  return { ask, begun, confirmed, finish: (key: string) => open.get(key)?.() };
}

it('confirms at once what nothing follows from', () => {
  const { ask, begun, confirmed } = setUp();
  ask('b 1');
  expect([begun, confirmed]).toEqual([[], ['b 1']]);
});

// bus, seed 6081: answers took as long as it takes to miss them, and every repetition began another.
it('buries an id once, however often its predecessor is told to be dead', () => {
  const { ask, begun, confirmed, finish } = setUp();
  for (let repetition = 0; repetition < 10; repetition++) {
    ask('b 1', 'second');
    ask('c 7', 'second');
  }
  expect([begun, confirmed]).toEqual([['second'], []]);
  finish('second');
  expect(confirmed).toEqual(['b 1', 'c 7']);
});

it('confirms when the last of several ids is dead', () => {
  const { ask, begun, confirmed, finish } = setUp();
  ask('b 1', 'second', 'third');
  finish('third');
  expect([begun, confirmed]).toEqual([['second', 'third'], []]);
  finish('second');
  expect(confirmed).toEqual(['b 1']);
});

it('does not bury again what it has buried', () => {
  const { ask, begun, confirmed, finish } = setUp();
  ask('b 1', 'second');
  finish('second');
  ask('b 1', 'second');
  ask('c 7', 'second', 'third');
  expect([begun, confirmed]).toEqual([
    ['second', 'third'],
    ['b 1', 'b 1'],
  ]);
  finish('third');
  expect(confirmed).toEqual(['b 1', 'b 1', 'c 7']);
});

it('waits for what is buried without anybody to tell in no time', () => {
  const confirmed: string[] = [];
  const successors = new SuccessorBurials((_buried, done) => done());
  successors.await([end('second')], 'b 1', () => confirmed.push('b 1'));
  expect(confirmed).toEqual(['b 1']);
});
