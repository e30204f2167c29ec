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
});
