import assert from 'node:assert/strict';
import type { Version } from '../../core/record/version.js';
import { at, bytes, HOUR_MS, newKey, put, type TierCases, textAt, until } from './rig.js';

export const recordCases: TierCases = {
  async 'knows nothing of a key that was never written'({ open }) {
    const { tier } = await open();
    assert.deepEqual(await tier.read(newKey()), { kind: 'none' });
  },

  async 'gives back every byte, the version and the age'({ open }) {
    const { tier } = await open();
    const key = newKey();
    const value = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    const written = { key, version: at(3, 41), value, keepMs: HOUR_MS };
    assert.deepEqual(await tier.write(written), { kind: 'stored' });
    const answer = await tier.read(key);
    assert(answer.kind === 'record');
    assert.deepEqual(answer.version, at(3, 41));
    assert.deepEqual(Buffer.from(answer.value), Buffer.from(value));
    assert(answer.ageMs >= 0 && answer.ageMs < 60_000, `age of ${answer.ageMs} ms`);
  },

  async 'keeps an empty value and one of a megabyte'({ open }) {
    const { tier } = await open();
    for (const length of [0, 1024 * 1024]) {
      const key = newKey();
      const value = new Uint8Array(length).fill(7);
      await tier.write({ key, version: at(1, 0), value, keepMs: HOUR_MS });
      const answer = await tier.read(key);
      assert(answer.kind === 'record');
      assert.equal(Buffer.compare(answer.value, value), 0);
    }
  },

  async 'replaces a record by a higher version'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await put(tier, key, at(1, 9), 'first');
    assert.deepEqual(await put(tier, key, at(1, 10), 'second'), { kind: 'stored' });
    assert.deepEqual(await put(tier, key, at(2, 0), 'third'), { kind: 'stored' });
    assert.equal(await textAt(tier, key), 'third');
  },

  async 'replaces a record by an equal version, whose deadline may have moved'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await put(tier, key, at(1, 1), 'one');
    assert.deepEqual(await put(tier, key, at(1, 1), 'same'), { kind: 'stored' });
    assert.equal(await textAt(tier, key), 'same');
  },

  async 'refuses a lower version and says what it holds'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await put(tier, key, at(10, 2), 'kept');
    for (const lower of [at(10, 1), at(9, 100), at(2, 0)]) {
      assert.deepEqual(await put(tier, key, lower, 'late'), { kind: 'older', version: at(10, 2) });
    }
    assert.equal(await textAt(tier, key), 'kept');
  },

  async 'keeps a lower version that the record does not contain'({ open }) {
    const { tier } = await open();
    const key = newKey();
    const write = (version: Version, contains: readonly Version[]) =>
      tier.write({ key, version, value: bytes(`${version.epoch}`), keepMs: HOUR_MS, contains });
    assert.deepEqual(await write(at(2, 7), []), { kind: 'stored' });
    const apart = { kind: 'apart', version: at(2, 7) };
    for (const contains of [[], [at(2, 6)], [at(1, 9), at(3, 9)]]) {
      assert.deepEqual(await write(at(4, 0), contains), apart);
    }
    assert.deepEqual(await write(at(2, 7), [at(1, 9)]), apart);
    assert.equal(await textAt(tier, key), '2');
    assert.deepEqual(await write(at(4, 0), [at(1, 9), at(2, 8)]), { kind: 'stored' });
    assert.deepEqual(await write(at(3, 9), [at(4, 0)]), { kind: 'older', version: at(4, 0) });
    assert.equal(await textAt(tier, key), '4');
  },

  async 'keeps the highest of many writes of one key at once'({ open }) {
    const { tier } = await open();
    const key = newKey();
    const order = [7, 2, 9, 0, 5, 8, 1, 6, 3, 4];
    await Promise.all(order.map((seq) => put(tier, key, at(1, seq), `seq ${seq}`)));
    assert.equal(await textAt(tier, key), 'seq 9');
  },

  async 'keeps keys apart'({ open }) {
    const { tier } = await open();
    const keys = Array.from({ length: 50 }, newKey);
    await Promise.all(keys.map((key, index) => put(tier, key, at(1, index), `value ${index}`)));
    const texts = await Promise.all(keys.map((key) => textAt(tier, key)));
    assert.deepEqual(
      texts,
      keys.map((_, index) => `value ${index}`),
    );
  },

  async 'forgets a record when its time is over'({ open }) {
    const { tier } = await open();
    const key = newKey();
    await tier.write({ key, version: at(5, 5), value: bytes('short'), keepMs: 30 });
    await until('the record to be forgotten', async () => (await textAt(tier, key)) === 'none');
    assert.deepEqual(await put(tier, key, at(1, 0), 'anew'), { kind: 'stored' });
  },

  async 'shows one tier what another wrote'({ open }) {
    const [one, two] = [await open(), await open()];
    const key = newKey();
    await put(one.tier, key, at(1, 4), 'by the first');
    assert.equal(await textAt(two.tier, key), 'by the first');
    assert.equal((await put(two.tier, key, at(1, 3), 'late')).kind, 'older');
  },
};

/** For stores that compare and write as one step. */
export const atomicCases: TierCases = {
  async 'keeps the highest version of two tiers that write at once'({ open }) {
    const tiers = [await open(), await open()];
    for (let round = 0; round < 20; round++) {
      const key = newKey();
      const writes = [4, 1, 3, 0, 2].flatMap((seq) =>
        tiers.map(({ tier }, epoch) => put(tier, key, at(epoch + 1, seq), `${epoch + 1}.${seq}`)),
      );
      await Promise.all(writes);
      for (const { tier } of tiers) assert.equal(await textAt(tier, key), '2.4');
    }
  },
};
