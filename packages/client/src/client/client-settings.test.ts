import { describe, expect, test } from 'vitest';
import { createSessionClient, isSessionError, type SessionClientOptions } from '../index.js';
import { resolveOptions } from './client-settings.js';

const baseUrl = 'https://shop.test';

describe('an unusable option is refused at construction, by name, value and expectation', () => {
  test.each<[string, unknown, string]>([
    ['baseUrl', { baseUrl: 'shop.test' }, 'option baseUrl is shop.test, expected a URL or a path'],
    ['baseUrl', { baseUrl: 'ftp://shop.test' }, 'option baseUrl is ftp://shop.test'],
    ['baseUrl', { baseUrl: 'https://shop.test/?a=1' }, 'option baseUrl is https://shop.test/?a=1'],
    ['baseUrl', { baseUrl: '' }, 'option baseUrl is '],
    ['baseUrl', { baseUrl: [] }, 'option baseUrl is '],
    ['baseUrl', { baseUrl: [baseUrl, 'x'] }, 'option baseUrl is x'],
    ['retry', { retry: { attempts: -1 } }, 'option retry.attempts is -1, expected a number from 0'],
    ['retry', { retry: { baseMs: Number.NaN } }, 'option retry.baseMs is NaN'],
    ['retry', { retry: { budget: { max: 'many' } } }, 'option retry.budget.max is many'],
    ['timeout', { timeout: { totalMs: '5s' } }, 'option timeout.totalMs is 5s'],
  ])('%s of %o', (_option, options, message) => {
    try {
      createSessionClient({ baseUrl, ...(options as Partial<SessionClientOptions>) });
      expect.unreachable();
    } catch (error) {
      expect(isSessionError(error) && error).toMatchObject({
        code: 'invalid-option',
        outcome: 'not-sent',
        attempts: 0,
        message: expect.stringContaining(message),
      });
    }
  });
});

describe('options', () => {
  test('have defaults', () => {
    expect(resolveOptions({ baseUrl: 'https://shop.test/app/' })).toMatchObject({
      baseUrls: ['https://shop.test/app'],
      csrf: ['__Host-sid-csrf', 'sid-csrf'],
      sessionPath: '/session',
      retry: { attempts: 5, baseMs: 100, budget: { max: 20, ratio: 0.1 } },
      timeout: { attemptMs: 5000, totalMs: 15_000 },
    });
  });

  test('may be given in part', () => {
    const settings = resolveOptions({
      baseUrl: '/',
      retry: { attempts: 8, budget: { max: 100 } },
      timeout: { totalMs: 60_000 },
    });
    expect(settings).toMatchObject({
      baseUrls: [''],
      retry: { attempts: 8, baseMs: 100, budget: { max: 100, ratio: 0.1 } },
      timeout: { attemptMs: 5000, totalMs: 60_000 },
    });
  });
});
