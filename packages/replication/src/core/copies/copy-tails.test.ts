import { expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { given, increment } from '../../../test/wire/session-calls.js';
import { LIMITS } from '../limits.js';

const ROUNDS = 3 * LIMITS.copyTail;

it('copies that change in step are encoded anew at different times, each in time', () => {
  const cluster = new ScriptedCluster(['a', 'b']);
  const keys = Array.from({ length: 32 }, (_, index) => keyOf(`session ${index}`));
  for (const key of keys) given(cluster, 'a', key, { n: 0 });
  const tails = new Map(keys.map((key) => [key, 0]));
  const shortened: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const key of keys) cluster.ask('a', increment(cluster.node('a'), key));
    let count = 0;
    for (const key of keys) {
      const record = cluster.node('b').core.records.get(key);
      const tail = record?.role === 'backup' ? record.tailLength : Number.NaN;
      expect(tail).toBeLessThanOrEqual(LIMITS.copyTail);
      if (tail === 0) {
        count++;
        expect(tails.get(key)).toBeGreaterThanOrEqual(LIMITS.copyTail / 2);
      }
      tails.set(key, tail);
    }
    if (count > 0) shortened.push(count);
  }
  // All of them at once, otherwise, and then nothing for `copyTail` rounds.
  expect(shortened.length).toBeGreaterThan(ROUNDS / 5);
  expect(Math.max(...shortened)).toBeLessThan(keys.length / 2);
});
