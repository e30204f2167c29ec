import { expect, it } from 'vitest';
import type { Operation } from '../../core/values/operations.js';
import { completeCommit } from './complete-commit.js';

const snapshot = {
  key: 'k',
  version: { epoch: 2, seq: 7 },
  document: { data: { n: 1 }, system: {} },
  idleRemainingMs: 1,
  absoluteRemainingMs: 2,
  owner: 'o',
  backups: [],
};
const accepted = {
  kind: 'accepted',
  version: { epoch: 2, seq: 8 },
  backups: ['b'],
  copies: 1,
} as const;
const set: Operation = { kind: 'set', path: ['data', 'n'], value: 2 };

it('a change that was accepted is completed by what the caller had', () => {
  const completed = completeCommit({ ...accepted, owner: 'o' }, snapshot, [set]);
  expect(completed).toMatchObject({ kind: 'committed', copies: 1 });
  expect(completed?.view).toMatchObject({
    version: { epoch: 2, seq: 8 },
    document: { data: { n: 2 } },
    backups: ['b'],
  });
});

it('a number of another owner is not taken for the same', () => {
  expect(completeCommit({ ...accepted, owner: 'p' }, snapshot, [set])).toBeUndefined();
});
