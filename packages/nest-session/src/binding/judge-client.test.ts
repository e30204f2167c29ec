import { describe, expect, test } from 'vitest';
import type { RequestFacts } from '../http/request-facts.js';
import { clientTrait } from './client-traits.js';
import { judgeClient } from './judge-client.js';

const known = { userAgent: 'A', ip: '203.0.113.0/24' };
const present = (traits: Record<string, string>) => (trait: string) => traits[trait] ?? '';

describe('judgeClient (ASVS 8.2.4)', () => {
  test('looks at nothing that is off', () => {
    const judgement = judgeClient({ userAgent: 'off', ip: 'off' }, known, () => {
      throw new Error('not asked for');
    });
    expect(judgement).toEqual({ changes: [], remember: {} });
  });

  test('has nothing to say about the same client', () => {
    const binding = { userAgent: 'reject', ip: 'reject' } as const;
    expect(judgeClient(binding, known, present(known))).toEqual({ changes: [], remember: {} });
  });

  test('binds a session that was not bound to whom it comes from', () => {
    const binding = { userAgent: 'reject', ip: 'off' } as const;
    expect(judgeClient(binding, {}, present(known))).toEqual({
      changes: [],
      remember: { userAgent: 'A' },
    });
  });

  test('remembers a change that is put up with, so that it is told once', () => {
    const binding = { userAgent: 'report', ip: 'reauthenticate' } as const;
    const moved = { userAgent: 'B', ip: '198.51.100.0/24' };
    expect(judgeClient(binding, known, present(moved))).toEqual({
      changes: [
        { trait: 'userAgent', action: 'report' },
        { trait: 'ip', action: 'reauthenticate' },
      ],
      remember: moved,
    });
  });

  test('does not remember whom it refuses', () => {
    const binding = { userAgent: 'reject', ip: 'off' } as const;
    expect(judgeClient(binding, known, present({ userAgent: 'B' }))).toEqual({
      changes: [{ trait: 'userAgent', action: 'reject' }],
      remember: {},
    });
  });
});

describe('the user agent as a trait', () => {
  const trait = (userAgent: string | undefined) =>
    clientTrait('userAgent', { header: () => userAgent } as unknown as RequestFacts);
  const firefox = (version: string) =>
    `Mozilla/5.0 (X11; Linux x86_64; rv:${version}) Gecko/20100101 Firefox/${version}`;

  test('is the same after an update of the browser', () => {
    expect(trait(firefox('141.0'))).toBe(trait(firefox('142.0.1')));
  });

  test('differs between browsers, and from none', () => {
    const chrome =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36';
    expect(new Set([trait(firefox('141.0')), trait(chrome), trait(undefined)]).size).toBe(3);
  });

  test('does not show what it was made of', () => {
    expect(trait(firefox('141.0'))).toMatch(/^[\w-]{16}$/);
  });
});
