import { describe, expect, test } from 'vitest';
import { type AttemptFailure, type CallOutcome, callOutcome } from './retry-table.js';

const answer = (
  status: number,
  code = `http-${status}`,
  retryAfterMs?: number,
): AttemptFailure => ({
  status,
  code,
  retryAfterMs,
});

describe('the outcome of a single attempt', () => {
  const rows: [AttemptFailure, CallOutcome][] = [
    [{ code: 'unreachable' }, 'not-sent'],
    [{ code: 'connection-lost' }, 'unknown'],
    [{ code: 'timeout' }, 'unknown'],
    [{ code: 'aborted' }, 'unknown'],
    [answer(200, 'invalid-response'), 'unknown'],
    [answer(400), 'rejected'],
    [answer(401, 'session-ended'), 'rejected'],
    [answer(403, 'csrf-invalid'), 'rejected'],
    [answer(408), 'unknown'],
    [answer(409, 'idempotency-in-progress'), 'unknown'],
    [answer(409, 'wizard-conflict'), 'rejected'],
    [answer(421), 'not-sent'],
    [answer(422, 'idempotency-mismatch'), 'rejected'],
    [answer(429, 'quota-exceeded', 1000), 'not-sent'],
    [answer(429, 'quota-exceeded'), 'rejected'],
    [answer(500), 'unknown'],
    [answer(500, 'session-value'), 'rejected'],
    [answer(502), 'unknown'],
    [answer(503, 'session-unavailable', 0), 'not-sent'],
    [answer(503, 'session-unavailable'), 'rejected'],
    [answer(504, 'commit-unknown'), 'unknown'],
  ];
  test.each(rows)('%o is %s', (failure, outcome) => {
    expect(callOutcome(undefined, failure)).toBe(outcome);
  });
});

describe('once an attempt may have been carried out', () => {
  test.each([
    { code: 'unreachable' },
    answer(503, 'session-unavailable', 1000),
    answer(503, 'session-unavailable'),
    answer(429, 'quota-exceeded', 1000),
    answer(401, 'session-ended'),
    answer(403, 'forbidden'),
    answer(421),
  ])('a refusal at the door (%o) leaves it unknown', (failure) => {
    expect(callOutcome('unknown', failure)).toBe('unknown');
  });

  test.each([answer(400), answer(404), answer(409, 'wizard-conflict'), answer(422)])(
    "the handler's or the journal's answer (%o) settles it",
    (failure) => {
      expect(callOutcome('unknown', failure)).toBe('rejected');
    },
  );
});
