import { expect, test } from 'vitest';
import type { AttemptResult } from './attempt.js';
import { evidenceOf, isNodesFault } from './blame.js';

type Failed = Omit<Extract<AttemptResult, { kind: 'failed' }>, 'kind'>;

test.each<[string, Failed, boolean, ReturnType<typeof evidenceOf>]>([
  ['the node refused', { failure: 'unreachable', refused: true }, true, 'refused'],
  ['no connection was free here', { failure: 'unreachable', refused: false }, false, undefined],
  ['it fell before it had it', { failure: 'unreachable', abandoned: true }, true, undefined],
  ['it fell with it', { failure: 'lost', abandoned: true }, true, undefined],
  ['the connection was lost', { failure: 'lost' }, true, 'failing'],
  ['no answer in time', { failure: 'timeout' }, true, 'failing'],
  ['an unusable answer', { failure: 'broken' }, true, 'failing'],
  ['it named another node', { failure: 'not-mine' }, false, 'answered'],
  ['the request was at fault', { failure: 'unsendable' }, false, undefined],
])('%s', (_name, failed, fault, evidence) => {
  const result = { kind: 'failed', ...failed } as const;
  expect(isNodesFault(result)).toBe(fault);
  expect(evidenceOf(result)).toBe(evidence);
});
