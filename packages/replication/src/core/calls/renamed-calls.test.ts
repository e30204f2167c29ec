import { describe, expect, it } from 'vitest';
import type { OwnerCall } from './calls.js';
import { PendingCall } from './pending-call.js';
import { isOfFormerId, rename } from './renamed-calls.js';

const routing = { finish: () => {}, reroute: () => {} };
const COMMIT: OwnerCall = {
  kind: 'commit',
  key: 'first',
  id: { origin: 'n1~1', counter: 1, watermark: 1 },
  base: { epoch: 1, seq: 0 },
  operations: [],
  exact: false,
  durability: 'backup',
};
const endOf = (alias?: string) => ({ kind: 'destroyed', alias, reason: 'rotated' }) as const;

describe('word that an id has ended', () => {
  it('sends a call on to the id that the session goes on under', () => {
    const pending = new PendingCall(routing, COMMIT, () => {}, [], 0);
    expect(isOfFormerId(pending, endOf('second'))).toBe(false);
    expect(rename(pending, endOf('second'))).toBe(true);
    expect(pending.call.key).toBe('second');
  });

  it('says nothing of a call that has been sent on, when it comes twice (everything, seed 9037)', () => {
    const pending = new PendingCall(routing, COMMIT, () => {}, [], 0);
    rename(pending, endOf('second'));
    expect(isOfFormerId(pending, endOf('second'))).toBe(true);
    // The later id has ended as well, or nothing is known of where it goes on.
    expect(isOfFormerId(pending, endOf('third'))).toBe(false);
    expect(isOfFormerId(pending, endOf())).toBe(false);
  });
});
