import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.js';
import { AddressBounds } from './address-bounds.js';
import { type AddressCounts, AddressTeller } from './address-counts.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Sent {
  readonly counts: AddressCounts;
  readonly onSent: () => void;
}

function teller(maxAddresses = 10) {
  const sent: Sent[] = [];
  const own = new AddressTeller((counts, onSent) => sent.push({ counts, onSent }), maxAddresses);
  return { teller: own, sent, said: () => sent.map(({ counts }) => counts) };
}

test('what is counted is told in sums, and nothing without a count', () => {
  const { teller: own, said } = teller();
  vi.runAllTimers();
  expect(said()).toEqual([]);
  for (const network of ['a', 'b', 'a']) own.requested(network, 1);
  for (const change of [1, 1, -1]) own.connected('a', change);
  own.connected('b', 1);
  own.connected('b', -1);
  vi.runAllTimers();
  const requests = [
    ['a', 2],
    ['b', 1],
  ];
  expect(said()).toEqual([{ requests, connections: [['a', 1]] }]);
});

test('a receiver that is stuck gets one message later, of bounded size', () => {
  const { teller: own, sent, said } = teller(3);
  own.requested('a', 1);
  vi.runAllTimers();
  for (let i = 0; i < 100; i++) own.requested(`network ${i % 5}`, 1);
  vi.runAllTimers();
  expect(sent).toHaveLength(1);
  sent[0]?.onSent();
  vi.runAllTimers();
  expect(sent).toHaveLength(2);
  expect(said()[1]?.requests).toEqual([0, 1, 2].map((i) => [`network ${i}`, 20]));
  sent[1]?.onSent();
  vi.runAllTimers();
  expect(sent).toHaveLength(2);
});

test('processes that tell each other bound an address together', () => {
  const limits = { ...DEFAULT_LIMITS, connectionsPerAddress: 3 };
  const rate = { perSecond: 1, burst: 4 };
  const one: AddressBounds = new AddressBounds(rate, limits, {
    requested: (network, count) => two.learn({ requests: [[network, count]], connections: [] }, 0),
    connected: (network, change) =>
      two.learn({ requests: [], connections: [[network, change]] }, 0),
  });
  const two = new AddressBounds(rate, limits);
  const from = '2001:db8::1';
  expect([one, one, one].map(({ rate: own }) => own.take(from, 0))).toEqual([0, 0, 0]);
  expect([two, two].map(({ rate: own }) => own.take(from, 0))).toEqual([0, 1_000]);
  expect(two.rate.take('2001:db8:0:1::1', 0)).toBe(0);
  expect([one, one].map(({ connections }) => connections.admit(from))).toEqual([true, true]);
  expect([two, two].map(({ connections }) => connections.admit(from))).toEqual([true, false]);
  one.connections.release(from);
  expect(two.connections.admit(from)).toBe(true);
});

test('what passed elsewhere above the burst is waited for', () => {
  const bounds = new AddressBounds({ perSecond: 2, burst: 3 }, DEFAULT_LIMITS);
  bounds.learn({ requests: [['a', 9]], connections: [] }, 1_000);
  expect(bounds.rate.take('a', 1_000)).toBe(3_500);
  expect(bounds.rate.take('a', 4_500)).toBe(0);
  expect(bounds.rate.take('a', 4_500)).toBe(500);
});

test('without a limit nothing is remembered of an address', () => {
  const bounds = new AddressBounds({ perSecond: 0, burst: 3 }, DEFAULT_LIMITS);
  bounds.learn({ requests: [['a', 9]], connections: [] }, 0);
  expect(bounds.rate.size).toBe(0);
});
