import { describe, expect, test } from 'vitest';
import { decideRetry, type RetryDecision, type RetrySituation } from './decide-retry.js';
import { DEFAULT_RETRY } from './retry-policy.js';
import { type AttemptFailure, type CallSafety, IDEMPOTENT, KEYED, UNSAFE } from './retry-table.js';

const situation = (change: Partial<RetrySituation> = {}): RetrySituation => ({
  failure: { code: 'connection-lost' },
  safety: KEYED,
  repeatable: true,
  attempts: 1,
  used: [],
  remainingMs: 15_000,
  tokens: 20,
  random: 0.5,
  ...change,
});

const decide = (change: Partial<RetrySituation> = {}): RetryDecision =>
  decideRetry(situation(change), DEFAULT_RETRY);

const answer = (
  status: number,
  code = `http-${status}`,
  retryAfterMs?: number,
): AttemptFailure => ({
  status,
  code,
  retryAfterMs,
});

describe('the retry table, cell by cell', () => {
  type Cell = 'repeat' | 'fail' | 'csrf' | 'login' | 'move';
  const rows: [what: string, failure: AttemptFailure, idempotent: Cell, keyed: Cell, none: Cell][] =
    [
      ['never connected', { code: 'unreachable' }, 'repeat', 'repeat', 'repeat'],
      ['connection lost after send', { code: 'connection-lost' }, 'repeat', 'repeat', 'fail'],
      ['no answer in time', { code: 'timeout' }, 'repeat', 'repeat', 'fail'],
      ['408', answer(408), 'repeat', 'repeat', 'fail'],
      ['502', answer(502), 'repeat', 'repeat', 'fail'],
      ['504', answer(504), 'repeat', 'repeat', 'fail'],
      ['504 commit-unknown', answer(504, 'commit-unknown'), 'repeat', 'repeat', 'fail'],
      ['503 with Retry-After', answer(503, 'x', 1000), 'repeat', 'repeat', 'repeat'],
      ['503 with Retry-After: 0', answer(503, 'x', 0), 'repeat', 'repeat', 'repeat'],
      ['503 without', answer(503, 'session-unavailable'), 'repeat', 'repeat', 'fail'],
      ['429 with Retry-After', answer(429, 'quota-exceeded', 1000), 'repeat', 'repeat', 'repeat'],
      ['429 without', answer(429, 'quota-exceeded'), 'repeat', 'repeat', 'fail'],
      ['409 in progress', answer(409, 'idempotency-in-progress', 0), 'fail', 'repeat', 'fail'],
      ['403 csrf-invalid', answer(403, 'csrf-invalid'), 'csrf', 'csrf', 'csrf'],
      ['401 session-ended', answer(401, 'session-ended'), 'login', 'login', 'login'],
      ['401 session-lost', answer(401, 'session-lost'), 'login', 'login', 'login'],
      ['401 not signed in', answer(401, 'authentication-required'), 'login', 'login', 'login'],
      ['401 of the application', answer(401, 'invalid-credentials'), 'fail', 'fail', 'fail'],
      ['421', answer(421), 'move', 'move', 'move'],
      ['400', answer(400, 'bad-request'), 'fail', 'fail', 'fail'],
      ['403 forbidden', answer(403, 'forbidden'), 'fail', 'fail', 'fail'],
      ['404', answer(404), 'fail', 'fail', 'fail'],
      ['409 wizard-conflict', answer(409, 'wizard-conflict'), 'fail', 'fail', 'fail'],
      ['422 mismatch', answer(422, 'idempotency-mismatch'), 'fail', 'fail', 'fail'],
      ['500', answer(500), 'fail', 'fail', 'fail'],
      ['unreadable answer', answer(200, 'invalid-response'), 'fail', 'fail', 'fail'],
      ['aborted', { code: 'aborted' }, 'fail', 'fail', 'fail'],
    ];
  const columns: [name: string, safety: CallSafety, index: 2 | 3 | 4][] = [
    ['an idempotent call', IDEMPOTENT, 2],
    ['an unsafe call with key', KEYED, 3],
    ['an unsafe call without key', UNSAFE, 4],
  ];
  const cells = rows.flatMap((row) =>
    columns.map(([name, safety, index]) => [row[0], name, row[index], row[1], safety] as const),
  );

  test.each(cells)('%s, %s: %s', (_what, _call, expected, failure, safety) => {
    const decision = decide({ failure, safety });
    const actual = decision.remedy ?? (decision.stoppedBy ? 'fail' : 'repeat');
    expect(actual).toBe(expected);
    if (expected === 'fail') expect(decision.stoppedBy).toBe('not-repeatable');
  });
});

describe('a remedy', () => {
  test.each([
    ['csrf', answer(403, 'csrf-invalid')],
    ['login', answer(401, 'session-ended')],
    ['move', answer(421)],
  ] as const)('%s is tried once', (remedy, failure) => {
    expect(decide({ failure, used: [remedy] })).toEqual({ stoppedBy: 'not-repeatable' });
  });

  test('costs neither budget nor attempts', () => {
    const failure = answer(403, 'csrf-invalid');
    expect(decide({ failure, tokens: 0, attempts: 99 })).toEqual({ remedy: 'csrf' });
  });
});

describe('a repetition is refused', () => {
  test('when the body was a stream', () => {
    expect(decide({ repeatable: false })).toEqual({ stoppedBy: 'not-repeatable' });
    expect(decide({ repeatable: false, failure: answer(403, 'csrf-invalid') })).toEqual({
      stoppedBy: 'not-repeatable',
    });
  });
  test('after the last attempt', () => {
    expect(decide({ attempts: 5 })).toEqual({ stoppedBy: 'attempts' });
    expect(decide({ attempts: 4 }).stoppedBy).toBeUndefined();
  });
  test('when the budget holds less than a token', () => {
    expect(decide({ tokens: 0.99 })).toEqual({ stoppedBy: 'budget' });
    expect(decide({ tokens: 1 }).stoppedBy).toBeUndefined();
  });
  test('when it could not finish within the deadline', () => {
    expect(decide({ remainingMs: 49 })).toEqual({ stoppedBy: 'deadline' });
    expect(decide({ failure: answer(503, 'x', 5000), remainingMs: 5049 })).toEqual({
      stoppedBy: 'deadline',
    });
  });
  test('when the server asks for more patience than the policy has', () => {
    expect(decide({ failure: answer(503, 'x', 31_000), remainingMs: 60_000 })).toEqual({
      stoppedBy: 'retry-after',
    });
  });
});

describe('the wait', () => {
  test('backs off exponentially with full jitter', () => {
    const waits = [1, 2, 3, 4].map((attempts) => decide({ attempts, random: 0.5 }).delayMs);
    expect(waits).toEqual([50, 100, 200, 400]);
    expect(decide({ random: 0 }).delayMs).toBe(0);
  });
  test('is never shorter than Retry-After, and spread beyond it', () => {
    const wait = (random: number) => decide({ failure: answer(503, 'x', 2000), random }).delayMs;
    expect(wait(0)).toBe(2000);
    expect(wait(0.5)).toBe(2500);
  });
  test('gives up its jitter, but not Retry-After, for the deadline', () => {
    const failure = answer(503, 'x', 2000);
    expect(decide({ failure, remainingMs: 2100, random: 0.9 }).delayMs).toBe(2050);
    expect(decide({ attempts: 4, remainingMs: 150, random: 0.9 }).delayMs).toBe(100);
  });
});
