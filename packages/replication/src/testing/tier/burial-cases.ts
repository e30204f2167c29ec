import assert from 'node:assert/strict';
import { at, HOUR_MS, newKey, put, type TierCases, textAt, until } from './rig.js';

export const burialCases: TierCases = {
  async 'refuses every later write of a buried key, whatever its version'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await put(tier, key, at(1, 3), 'alive');
    await tier.bury({ key, version: at(1, 4), keepMs: HOUR_MS });
    for (const version of [at(1, 3), at(1, 4), at(1, 5), at(99, 0)]) {
      const verdict = await put(tier, key, version, 'revived');
      assert.equal(verdict.kind, 'buried');
    }
    assert.equal(await textAt(tier, key), 'buried');
  },

  async 'says when a key was buried at which version, and for how long'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await put(tier, key, at(1, 3), 'alive');
    await tier.bury({ key, version: at(1, 4), keepMs: HOUR_MS });
    const answer = await tier.read(key);
    assert(answer.kind === 'buried');
    assert.deepEqual(answer.version, at(1, 4));
    const { remainingMs } = answer;
    assert(remainingMs > HOUR_MS - 60_000 && remainingMs <= HOUR_MS, `${remainingMs} ms remain`);
  },

  async 'buries a key that was never written, and over a higher version'({ open }) {
    const { tier } = await open();
    const [unknown, newer] = [newKey(), newKey()];
    await tier.bury({ key: unknown, version: at(0, 0), keepMs: HOUR_MS });
    assert.equal((await put(tier, unknown, at(1, 0), 'late')).kind, 'buried');
    await put(tier, newer, at(7, 7), 'of a side that did not know');
    await tier.bury({ key: newer, version: at(1, 2), keepMs: HOUR_MS });
    assert.equal(await textAt(tier, newer), 'buried');
  },

  async 'is not shortened by a second, shorter burial'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await tier.bury({ key, version: at(1, 1), keepMs: HOUR_MS });
    await tier.bury({ key, version: at(1, 1), keepMs: 1000 });
    const answer = await tier.read(key);
    assert(answer.kind === 'buried' && answer.remainingMs > HOUR_MS / 2);
  },

  async 'lasts past a record that was to be kept for a shorter time'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await tier.write({ key, version: at(1, 1), value: new Uint8Array(3), keepMs: 30 });
    await tier.bury({ key, version: at(1, 2), keepMs: HOUR_MS });
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal((await put(tier, key, at(2, 0), 'late')).kind, 'buried');
  },

  async 'forgets a burial when its time is over'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await tier.bury({ key, version: at(1, 1), keepMs: 30 });
    await until('the burial to be forgotten', async () => (await textAt(tier, key)) === 'none');
  },

  async 'holds against writes of every tier that race with it'({ open }) {
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 10; round++) {
      const key = newKey();
      await put(one.tier, key, at(1, 0), 'alive');
      await Promise.all([
        ...[1, 2, 3].map((seq) => put(two.tier, key, at(1, seq), 'late')),
        one.tier.bury({ key, version: at(1, 4), keepMs: HOUR_MS }),
        ...[5, 6].map((seq) => put(two.tier, key, at(2, seq), 'late')),
      ]);
      for (const { tier } of [one, two]) assert.equal(await textAt(tier, key), 'buried');
    }
  },
};
