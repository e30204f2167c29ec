import { describe, expect, it } from 'vitest';
import { abridge } from './abridge.js';
import type { CallResult, OwnerCall } from './calls.js';

const commit: OwnerCall = {
  kind: 'commit',
  key: 'k',
  id: { origin: 'n1', counter: 1, watermark: 1 },
  base: { epoch: 2, seq: 7 },
  operations: [],
  exact: false,
  durability: 'backup',
  hasBase: true,
};

function committed(epoch: number, seq: number): CallResult {
  const document = { data: { large: 'x' }, system: {} };
  const remaining = { idleRemainingMs: 1, absoluteRemainingMs: 2 };
  const view = {
    key: 'k',
    version: { epoch, seq },
    document,
    owner: 'o',
    backups: ['b'],
    ...remaining,
  };
  return { kind: 'committed', view, copies: 1 };
}

describe('the answer to a change of another node', () => {
  it('leaves out the document when only this change came since', () => {
    const accepted = { version: { epoch: 2, seq: 8 }, owner: 'o', backups: ['b'], copies: 1 };
    expect(abridge(commit, committed(2, 8))).toEqual({ kind: 'accepted', ...accepted });
  });

  it.each([
    ['others changed it meanwhile', commit, committed(2, 9)],
    ['it was applied before, and nothing was numbered', commit, committed(2, 7)],
    ['it changed hands', commit, committed(3, 8)],
    [
      'whoever asked has not said that it has the base',
      { ...commit, hasBase: undefined },
      committed(2, 8),
    ],
    ['nothing was committed', commit, { kind: 'unknown' } as const],
    ['it is no commit', { kind: 'open', key: 'k' } as const, committed(2, 8)],
  ])('is as it was when %s', (_name, call, result) => {
    expect(abridge(call, result)).toBe(result);
  });
});
