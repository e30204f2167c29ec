import assert from 'node:assert/strict';
import { TierUnavailableError } from '../../errors.js';
import { at, HOUR_MS, newKey, put, type TierCases, textAt, until } from './rig.js';

export const outageCases: TierCases = {
  async 'rejects while the store is away, and works again by itself'({ open, stop, start }) {
    const { tier, events } = await open();
    const key = newKey();
    await put(tier, key, at(1, 0), 'before');
    await stop();
    await until('the outage to be noticed', () => events.at(-1)?.kind === 'disconnected');
    await assert.rejects(tier.read(key), TierUnavailableError);
    await assert.rejects(put(tier, key, at(1, 1), 'meanwhile'), TierUnavailableError);
    await assert.rejects(
      tier.bury({ key, version: at(1, 2), keepMs: HOUR_MS }),
      TierUnavailableError,
    );
    await start();
    await until('the tier to be connected', () => events.at(-1)?.kind === 'connected');
    await put(tier, key, at(1, 3), 'after');
    assert.equal(await textAt(tier, key), 'after');
  },

  async 'says that a store which was started anew may have forgotten'({ open, stop, start }) {
    const { tier, events } = await open();
    assert.deepEqual(events.at(-1), { kind: 'connected', sameData: true });
    await put(tier, newKey(), at(1, 0), 'before');
    await stop();
    await until('the outage to be noticed', () => events.at(-1)?.kind === 'disconnected');
    await start();
    await until('the tier to be connected', () => events.at(-1)?.kind === 'connected');
    assert.deepEqual(events.at(-1), { kind: 'connected', sameData: false });
  },

  async 'opens although the store is away, and does not keep the process waiting'({
    open,
    stop,
    start,
  }) {
    await stop();
    const opening = open();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await start();
    const { tier } = await opening;
    assert.equal(await textAt(tier, newKey()), 'none');
  },
};
