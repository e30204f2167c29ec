import { expect, test } from 'vitest';
import { createSharing } from './sharing.js';

test('all who ask while the work is under way get the same run', async () => {
  const share = createSharing();
  let runs = 0;
  const work = async () => {
    runs += 1;
    return runs;
  };
  expect(await Promise.all([share('a', work), share('a', work), share('b', work)])).toEqual([
    1, 1, 2,
  ]);
  expect(await share('a', work)).toBe(3);
});

test('a failure is shared too, and not kept', async () => {
  const share = createSharing();
  const failing = () => Promise.reject(new Error('no'));
  const first = share('a', failing);
  const second = share('a', () => Promise.resolve(1));
  await expect(first).rejects.toThrow('no');
  await expect(second).rejects.toThrow('no');
  expect(await share('a', () => Promise.resolve(2))).toBe(2);
});
