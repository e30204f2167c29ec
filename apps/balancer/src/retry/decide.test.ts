import { describe, expect, test } from 'vitest';
import { type AnswerName, decideRetry, type RetryFacts, type RetryReason } from './decide.js';

const FACTS: RetryFacts = {
  kind: 'lost',
  method: 'GET',
  hasIdempotencyKey: false,
  bodyReplayable: true,
  mayHaveRun: true,
  attempts: 1,
  maxAttempts: 5,
  repeated: false,
  followed: false,
  budgetLeft: true,
  nodeLeft: true,
};

const NOTHING_RAN: Partial<RetryFacts> = { kind: 'unreachable', mayHaveRun: false };

type Row = [string, Partial<RetryFacts>, RetryReason | AnswerName];

describe('after a failed attempt', () => {
  test.each<Row>([
    ['nothing written, GET', NOTHING_RAN, 'unreachable'],
    ['nothing written, POST', { ...NOTHING_RAN, method: 'POST' }, 'unreachable'],
    ['nothing written, no budget', { ...NOTHING_RAN, budgetLeft: false }, 'unreachable'],
    ['nothing written, nobody left', { ...NOTHING_RAN, nodeLeft: false }, 'no-node-available'],
    ['nothing written, attempts used up', { ...NOTHING_RAN, attempts: 5 }, 'no-node-available'],
    ['nothing written, body gone', { ...NOTHING_RAN, bodyReplayable: false }, 'no-node-available'],
    [
      'nobody left, but an earlier node may have run it',
      { kind: 'unreachable', mayHaveRun: true, nodeLeft: false },
      'upstream-lost',
    ],
    ['lost, GET', {}, 'lost'],
    ['lost, HEAD', { method: 'HEAD' }, 'lost'],
    ['lost, OPTIONS', { method: 'OPTIONS' }, 'lost'],
    ['lost, PUT', { method: 'PUT' }, 'lost'],
    ['lost, DELETE', { method: 'DELETE' }, 'lost'],
    ['lost, POST', { method: 'POST' }, 'upstream-lost'],
    ['lost, PATCH', { method: 'PATCH' }, 'upstream-lost'],
    ['lost, an unknown method', { method: 'BREW' }, 'upstream-lost'],
    ['lost, POST with a key', { method: 'POST', hasIdempotencyKey: true }, 'lost'],
    ['lost, PATCH with a key', { method: 'PATCH', hasIdempotencyKey: true }, 'lost'],
    [
      'lost, POST with a key, body gone',
      { method: 'POST', hasIdempotencyKey: true, bodyReplayable: false },
      'upstream-lost',
    ],
    ['lost, GET, nobody left', { nodeLeft: false }, 'upstream-lost'],
    ['lost, first repetition, no budget', { budgetLeft: false }, 'lost'],
    ['lost, second repetition, budget', { repeated: true }, 'lost'],
    ['lost, second repetition, no budget', { repeated: true, budgetLeft: false }, 'upstream-lost'],
    ['lost, attempts used up', { attempts: 5 }, 'upstream-lost'],
    ['timeout, GET', { kind: 'timeout' }, 'upstream-timeout'],
    ['timeout, POST with a key', { kind: 'timeout', hasIdempotencyKey: true }, 'upstream-timeout'],
    ['response begun, GET', { kind: 'broken' }, 'upstream-lost'],
    ['not mine, POST', { kind: 'not-mine', mayHaveRun: false, method: 'POST' }, 'not-mine'],
    ['not mine, no budget', { kind: 'not-mine', budgetLeft: false }, 'not-mine'],
    [
      'not mine for the second time',
      { kind: 'not-mine', mayHaveRun: false, followed: true },
      'no-node-available',
    ],
    [
      'not mine, the named node is unknown',
      { kind: 'not-mine', mayHaveRun: false, nodeLeft: false },
      'no-node-available',
    ],
    ['unsendable', { kind: 'unsendable' }, 'bad-request'],
  ])('%s', (_name, facts, expected) => {
    const decision = decideRetry({ ...FACTS, ...facts });
    expect(decision.action === 'next' ? decision.reason : decision.problem).toBe(expected);
  });
});
