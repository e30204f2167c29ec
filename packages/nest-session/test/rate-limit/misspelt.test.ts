import { Controller, Get } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { loginLimits, RateLimit, type RateLimitRule, SessionOptionError } from '../../src/index.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

/** As a program in plain JavaScript, or one that reads its rules from a file, gives them. */
const untyped = (rule: object) => rule as RateLimitRule;

const PACED = { name: 'x', limit: 1, window: '1h' };
const NODE = { name: 'x', limit: 1, by: 'node' };

describe('a rate limit that is misspelt', () => {
  test.each([
    [{ ...PACED, mode: 'enforced' }, /RateLimit\(x\)\.mode is "enforced", expected "enforce" or/],
    [{ ...NODE, mode: 'dryrun' }, /RateLimit\(x\)\.mode is "dryrun", expected "enforce" or/],
    [{ ...PACED, mode: null }, /RateLimit\(x\)\.mode is null/],
    [{ ...PACED, by: 'user' }, /RateLimit\(x\)\.by is "user", expected "session", "principal"/],
    [{ ...PACED, by: null }, /RateLimit\(x\)\.by is null/],
    [
      { ...PACED, brust: 5 },
      /RateLimit\(x\)\.brust is "number, not shown", expected no such option/,
    ],
    [
      { ...NODE, limits: 5 },
      /RateLimit\(x\)\.limits is "number, not shown", expected no such option/,
    ],
  ])('is refused where it is written: %o', (rule, message) => {
    expect(() => RateLimit(untyped(rule))).toThrow(message);
    expect(() => RateLimit(untyped(rule))).toThrow(SessionOptionError);
  });

  test('of a sign-in, too', () => {
    const misspelt: object = { attempt: 3 };
    expect(() => loginLimits(misspelt)).toThrow(
      /loginLimits\.attempt is "number, not shown", expected no such option/,
    );
  });

  test('may leave options undefined', () => {
    for (const rule of [PACED, NODE]) {
      RateLimit(untyped({ ...rule, burst: undefined, cost: undefined, mode: undefined }));
    }
  });
});

@Controller()
class OddController {
  @Get('promise')
  @RateLimit(untyped({ ...PACED, by: () => Promise.resolve('ada') }))
  promise() {
    return { ok: true };
  }

  @Get('broken')
  @RateLimit(untyped({ ...PACED, by: () => Promise.reject(new Error('no such user')) }))
  broken() {
    return { ok: true };
  }

  @Get('object')
  @RateLimit(untyped({ ...PACED, by: () => ({ id: 7 }) }))
  object() {
    return { ok: true };
  }

  @Get('nobody')
  @RateLimit({ ...PACED, by: () => undefined })
  nobody() {
    return { ok: true };
  }
}

describe.each(ADAPTERS)('a key of the application that is no text on %s', (adapter) => {
  test('is a defect that is told, and no key that everybody shares', async () => {
    const running = await startApp({ adapter, controllers: [OddController] });
    for (const [path, found] of [
      ['promise', 'a promise'],
      ['broken', 'a promise'],
      ['object', 'of type object'],
    ]) {
      const response = await fetch(`${running.url}/${path}`);
      expect([response.status, await response.json()]).toMatchObject([
        500,
        { code: 'session-value', detail: expect.stringContaining(`the key is ${found}`) },
      ]);
      expect(response.headers.get('ratelimit')).toBeNull();
    }
    expect((await fetch(`${running.url}/nobody`)).status).toBe(200);
    expect((await fetch(`${running.url}/nobody`)).status).toBe(429);
    await running.close();
  });
});
