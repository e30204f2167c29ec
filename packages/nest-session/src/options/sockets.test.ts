import { describe, expect, test } from 'vitest';
import { normalizeSockets } from './sockets.js';

describe('the options of sockets', () => {
  test('refuse plain ws in production unless told otherwise (ASVS 4.4.1)', () => {
    const required = (requireTls: boolean | undefined, production: boolean) =>
      normalizeSockets({ requireTls }, [], { production }).sockets.requireTls;
    expect(required(undefined, true)).toBe(true);
    expect(required(undefined, false)).toBe(false);
    expect(required(false, true)).toBe(false);
    expect(required(true, false)).toBe(true);
  });

  test('trust the origins that CSRF protection trusts, or their own (ASVS 4.4.2)', () => {
    const trusted = ['https://admin.example'];
    const environment = { production: false };
    expect(normalizeSockets({}, trusted, environment).sockets.origins).toEqual(trusted);
    const origins = ['https://app.example'];
    expect(normalizeSockets({ origins }, trusted, environment).sockets.origins).toEqual(origins);
    expect(() =>
      normalizeSockets({ origins: ['https://app.example/chat'] }, [], environment),
    ).toThrow(/sockets\.origins is "https:\/\/app\.example\/chat", expected origins/);
  });
});
