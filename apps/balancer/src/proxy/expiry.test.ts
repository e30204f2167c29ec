import { expect, test } from 'vitest';
import { doubtOf } from './blame.js';
import { expiryProblem } from './expiry.js';
import { renderProblem } from './problem.js';

test.each([
  [0, false, 408, undefined, undefined],
  [1, false, 503, undefined, '1'],
  [1, true, 504, 'total-timeout', undefined],
  [2, true, 504, 'total-timeout', undefined],
])('%i nodes asked, may have run: %s', (attempts, mayHaveRun, status, reason, retryAfter) => {
  const problem = expiryProblem({ attempts, mayHaveRun });
  const { headers, body } = renderProblem(problem);
  expect(problem.status).toBe(status);
  expect(JSON.parse(body).reason).toBe(reason);
  // Only where nothing ran.
  expect(headers[headers.indexOf('Retry-After') + 1]).toBe(retryAfter ?? headers[0]);
});

test.each([
  ['lost', false, 'connection-lost'],
  ['lost', true, 'node-fell'],
  ['timeout', false, 'first-byte-timeout'],
  ['broken', false, 'unusable-response'],
  ['unreachable', true, undefined],
  ['not-mine', false, undefined],
  ['unsendable', false, undefined],
] as const)('%s, given up: %s', (failure, abandoned, reason) => {
  expect(doubtOf({ kind: 'failed', failure, abandoned })).toBe(reason);
});
