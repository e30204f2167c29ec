import { describe, expect, it } from 'vitest';
import { CommitIds } from './commit-ids.js';

const ORIGIN = 'n1~b00tb00tb00t';

describe('commit ids', () => {
  it('count up and carry the oldest that is not answered', () => {
    const ids = new CommitIds();
    const [first, second] = [ids.next(ORIGIN), ids.next(ORIGIN)];
    expect(first).toEqual({ origin: ORIGIN, counter: 1, watermark: 1 });
    expect(second).toEqual({ origin: ORIGIN, counter: 2, watermark: 1 });
    ids.answered(second);
    expect(ids.next(ORIGIN)).toEqual({ origin: ORIGIN, counter: 3, watermark: 1 });
    ids.answered(first);
    expect(ids.next(ORIGIN)).toEqual({ origin: ORIGIN, counter: 4, watermark: 3 });
  });

  it('are their own watermark when nothing else is under way', () => {
    const ids = new CommitIds();
    ids.answered(ids.next(ORIGIN));
    expect(ids.next(ORIGIN)).toEqual({ origin: ORIGIN, counter: 2, watermark: 2 });
  });

  it('keep their watermark however many are answered while one waits', () => {
    const ids = new CommitIds();
    const waiting = ids.next(ORIGIN);
    for (let count = 0; count < 5000; count++) ids.answered(ids.next(ORIGIN));
    const late = ids.next(ORIGIN);
    expect(late).toEqual({ origin: ORIGIN, counter: 5002, watermark: 1 });
    ids.answered(waiting);
    expect(ids.next(ORIGIN).watermark).toBe(5002);
    ids.answered(late);
    expect(ids.next(ORIGIN).watermark).toBe(5003);
  });

  it('may be answered twice', () => {
    const ids = new CommitIds();
    const first = ids.next(ORIGIN);
    ids.answered(first);
    // In the place of the first one.
    const others = Array.from({ length: 1024 }, () => ids.next(ORIGIN));
    ids.answered(first);
    for (const other of others.slice(0, -1)) ids.answered(other);
    expect(ids.next(ORIGIN).watermark).toBe(1025);
  });
});
