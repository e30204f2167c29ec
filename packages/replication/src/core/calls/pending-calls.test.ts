import { describe, expect, it } from 'vitest';
import { PendingCall } from './pending-call.js';
import { PendingCalls } from './pending-calls.js';

const routing = { finish: () => {}, reroute: () => {} };

function newCall(key: string): PendingCall {
  return new PendingCall(routing, { kind: 'touch', key }, () => {}, [], 0);
}

function keysOf(calls: PendingCalls): string[] {
  return calls.snapshot().map(({ call }) => call.key);
}

describe('the calls under way', () => {
  it.each([
    ['the oldest', 0, ['b', 'c']],
    ['one in the middle', 1, ['a', 'c']],
    ['the newest', 2, ['a', 'b']],
  ])('stay in the order they came in without %s', (_, ended, left) => {
    const calls = new PendingCalls();
    const all = ['a', 'b', 'c'].map(newCall);
    for (const call of all) calls.add(call);
    calls.delete(all[ended] as PendingCall);
    expect(keysOf(calls)).toEqual(left);
    expect(calls.size).toBe(2);
    calls.add(newCall('d'));
    expect(keysOf(calls)).toEqual([...left, 'd']);
  });

  it('forget one that ended once, however often it is ended', () => {
    const calls = new PendingCalls();
    const [first, second] = [newCall('a'), newCall('b')];
    calls.add(first);
    calls.add(second);
    calls.delete(first);
    calls.delete(first);
    expect(keysOf(calls)).toEqual(['b']);
    expect(calls.size).toBe(1);
    expect([first.isUnderWay, first.after]).toEqual([false, undefined]);
  });

  it('may be empty again', () => {
    const calls = new PendingCalls();
    const only = newCall('a');
    calls.add(only);
    calls.delete(only);
    expect(keysOf(calls)).toEqual([]);
    calls.add(newCall('b'));
    expect(keysOf(calls)).toEqual(['b']);
  });
});
