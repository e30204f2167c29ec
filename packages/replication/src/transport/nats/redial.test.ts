import { describe, expect, it } from 'vitest';
import { dialUntilConnected, redialDelayMs } from './redial.js';

describe('redialDelayMs', () => {
  it.each([
    [1, 0, 50],
    [1, 0.5, 75],
    [2, 0, 60],
    [5, 0, 103.68],
    [14, 0, 500],
    [1_000_000, 0, 500],
  ])('after attempt %i with random %d it is %d ms', (attempt, random, expected) => {
    expect(redialDelayMs(attempt, random)).toBeCloseTo(expected, 5);
  });
});

describe('dialUntilConnected', () => {
  const script = (outcomes: readonly (string | Error)[], controller = new AbortController()) => {
    const failures: [number, string][] = [];
    const pauses: number[] = [];
    let dials = 0;
    const result = dialUntilConnected({
      dial: async () => {
        const outcome = outcomes[dials];
        dials += 1;
        if (outcome === undefined) controller.abort();
        if (typeof outcome === 'string') return outcome;
        throw outcome ?? new Error('stopped');
      },
      discard: () => {},
      onFailure: (attempt, error) => failures.push([attempt, error.message]),
      random: () => 0,
      pause: async (delayMs) => {
        pauses.push(delayMs);
      },
      signal: controller.signal,
    });
    return { result, failures, pauses, dials: () => dials };
  };

  it('reports each failure and pauses before the next attempt', async () => {
    const { result, failures, pauses } = script([new Error('a'), new Error('b'), 'open']);
    expect(await result).toBe('open');
    expect(failures).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(pauses).toEqual([50, 60]);
  });

  it('stops when it is told to', async () => {
    const { result, failures } = script([new Error('a')]);
    expect(await result).toBeUndefined();
    expect(failures).toEqual([[1, 'a']]);
  });

  it('does not dial at all when it was told before', async () => {
    const controller = new AbortController();
    controller.abort();
    const { result, dials } = script(['open'], controller);
    expect(await result).toBeUndefined();
    expect(dials()).toBe(0);
  });

  it('stops during a dial and discards what still comes up', async () => {
    const controller = new AbortController();
    const discarded: string[] = [];
    let answer: (connection: string) => void = () => {};
    const result = dialUntilConnected<string>({
      dial: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      discard: (late) => discarded.push(late),
      onFailure: () => {},
      random: () => 0,
      pause: async () => {},
      signal: controller.signal,
    });
    controller.abort();
    expect(await result).toBeUndefined();
    answer('late');
    await new Promise((resolve) => setImmediate(resolve));
    expect(discarded).toEqual(['late']);
  });

  it('stops during a pause', async () => {
    const controller = new AbortController();
    const result = dialUntilConnected<string>({
      dial: () => Promise.reject(new Error('refused')),
      discard: () => {},
      onFailure: () => {},
      random: () => 0,
      pause: () => {
        controller.abort();
        return new Promise(() => {});
      },
      signal: controller.signal,
    });
    expect(await result).toBeUndefined();
  });
});
