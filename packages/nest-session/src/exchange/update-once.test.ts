import type { JournalEntry, ReserveResult } from '@understudy/replication';
import { describe, expect, test, vi } from 'vitest';
import { IdempotencyMismatchError } from '../errors.js';
import { AppliedBefore } from './applied-before.js';
import type { ExchangeState } from './exchange-state.js';
import { updateOnce } from './update-once.js';

const entry = (result: string, fingerprint = 'body') =>
  ({ key: 'part', fingerprint, outcome: Buffer.from(result) }) satisfies JournalEntry;

/** A request under a key, in a cluster that answers this when the name is reserved. */
function asking(result: ReserveResult) {
  const reserve = vi.fn(async () => result);
  const release = vi.fn();
  const catchUp = vi.fn(async () => {});
  const state = {
    reservation: { key: 'a', fingerprint: 'body' },
    live: { key: () => 'session', catchUp },
    runtime: { store: { reserve, release } },
  };
  return { state: state as unknown as ExchangeState, reserve, release, catchUp };
}

describe('updateOnce', () => {
  test('reserves a name that no client can send as a key', async () => {
    const { state, reserve } = asking({ status: 'reserved' });
    await updateOnce(state, 'part', async () => undefined);
    expect(reserve).toHaveBeenCalledWith('session', expect.stringMatching(/^ \S{43}$/), 'body');
  });

  test('remembers the result under that name, with the body it was made of', async () => {
    const { state, reserve, release } = asking({ status: 'reserved' });
    const remembered: (JournalEntry | undefined)[] = [];
    await updateOnce(state, 'part', async (remember) => {
      remembered.push(remember?.({ left: 9 }), remember?.({ left: 8 }));
      return { left: 8 };
    });
    const key = (reserve.mock.lastCall as unknown as string[])[1];
    const outcomes = remembered.map((made) => String(Buffer.from(made?.outcome ?? [])));
    expect(outcomes).toEqual(['{"left":9}', '{"left":8}']);
    expect(remembered[1]).toMatchObject({ key, fingerprint: 'body' });
    expect(release).not.toHaveBeenCalled();
  });

  test.each(['{"left":9}', ''])('gives what is remembered: %j', async (text) => {
    const { state } = asking({ status: 'replayed', entry: entry(text) });
    const expected = text === '' ? undefined : JSON.parse(text);
    expect(await updateOnce(state, 'part', () => expect.fail('made again'))).toEqual(expected);
  });

  test.each([
    [{ status: 'replayed', entry: entry('1', 'another body') }, 'idempotency-mismatch'],
    [{ status: 'in-progress', fingerprint: 'body' }, 'idempotency-in-progress'],
    [{ status: 'destroyed', reason: undefined }, 'session-ended'],
  ])('is not made when the name is not its own: %j', async (result, code) => {
    const { state } = asking(result as ReserveResult);
    const made = updateOnce(state, 'part', () => expect.fail('made'));
    await expect(made).rejects.toMatchObject({ code });
  });

  test('gives what a node stored that was cut off meanwhile, and shows it', async () => {
    const { state, catchUp, release } = asking({ status: 'reserved' });
    const made = updateOnce(state, 'part', () => Promise.reject(new AppliedBefore(entry('7'))));
    expect(await made).toBe(7);
    expect(catchUp).toHaveBeenCalledOnce();
    expect(release).not.toHaveBeenCalled();
    const other = updateOnce(state, 'part', () =>
      Promise.reject(new AppliedBefore(entry('7', 'another body'))),
    );
    await expect(other).rejects.toThrow(IdempotencyMismatchError);
  });

  test('frees the name when nothing was stored', async () => {
    const { state, reserve, release } = asking({ status: 'reserved' });
    const failing = updateOnce(state, 'part', () => Promise.reject(new Error('sold out')));
    await expect(failing).rejects.toThrow('sold out');
    expect(release).toHaveBeenCalledWith('session', (reserve.mock.lastCall as unknown[])[1]);
  });

  test('without a key there is nothing to remember', async () => {
    const { state, reserve } = asking({ status: 'reserved' });
    const unkeyed = Object.assign(state, { reservation: undefined });
    expect(await updateOnce(unkeyed, 'part', async (remember) => remember)).toBeUndefined();
    expect(reserve).not.toHaveBeenCalled();
  });
});
