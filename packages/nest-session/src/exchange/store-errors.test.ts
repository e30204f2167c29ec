import {
  ClusterStoppedError,
  CommitUnknownError,
  LimitError,
  MessageTooLargeError,
  NotOwnerError,
  SessionUnavailableError,
  SessionValueError,
} from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { SessionEndedError } from '../errors.js';
import { toSessionError } from './store-errors.js';

describe('toSessionError', () => {
  test.each<[string, Error, boolean, number, string, string | undefined]>([
    [
      'unavailable before',
      new SessionUnavailableError('x', 2500),
      false,
      503,
      'session-unavailable',
      '3',
    ],
    [
      'unavailable before, soon',
      new SessionUnavailableError('x', 5),
      false,
      503,
      'session-unavailable',
      '1',
    ],
    [
      'unavailable after',
      new SessionUnavailableError('x', 2500),
      true,
      503,
      'session-unavailable',
      undefined,
    ],
    ['stopped before', new ClusterStoppedError(), false, 503, 'session-unavailable', '1'],
    ['stopped after', new ClusterStoppedError(), true, 503, 'session-unavailable', undefined],
    ['elsewhere before', new NotOwnerError('n2'), false, 421, 'not-mine', undefined],
    ['elsewhere after', new NotOwnerError('n2'), true, 503, 'session-unavailable', undefined],
    ['fate unknown', new CommitUnknownError('c'), true, 504, 'commit-unknown', undefined],
    [
      'a bad value',
      new SessionValueError(['data', 'x'], 'is NaN'),
      true,
      500,
      'session-value',
      undefined,
    ],
    ['too large', new MessageTooLargeError(9, 8), true, 413, 'session-too-large', undefined],
    [
      'more changes than a commit takes, after',
      new LimitError('operationsPerCommit', 1025, 1024),
      true,
      413,
      'session-too-large',
      undefined,
    ],
    [
      'more than a call takes, before',
      new LimitError('deviceBytes', 300, 256),
      false,
      413,
      'session-too-large',
      undefined,
    ],
    ['anything else after', new Error('bug'), true, 504, 'commit-unknown', undefined],
    ['anything else before', new Error('bug'), false, 503, 'session-unavailable', '1'],
  ])('%s', (_name, error, handlerRan, status, code, retryAfter) => {
    const result = toSessionError(error, handlerRan);
    expect(result.getStatus()).toBe(status);
    expect(result.problem).toMatchObject({ type: `urn:understudy:${code}`, status, code });
    expect(result.headers['Retry-After']).toBe(retryAfter);
    expect(result.cause).toBe(error);
  });

  test('what was too much is named, and not as bytes', () => {
    const { problem } = toSessionError(new LimitError('operationsPerCommit', 1025, 1024), true);
    expect(problem.detail).toBe('operationsPerCommit is 1025, at most 1024 allowed');
  });

  test('the balancer learns which node to ask', () => {
    const { headers } = toSessionError(new NotOwnerError('n2'), false);
    expect(headers).toEqual({ 'X-Understudy-Not-Mine': 'n2' });
  });

  test('our own errors stay what they are', () => {
    const error = new SessionEndedError();
    expect(toSessionError(error, true)).toBe(error);
  });
});
