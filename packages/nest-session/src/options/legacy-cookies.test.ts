import { describe, expect, test } from 'vitest';
import { SessionOptionError } from '../errors.js';
import { type LegacyCookieOptions, normalizeLegacyCookies } from './legacy-cookies.js';

const store = { get: () => {}, destroy: () => {} };
const good: LegacyCookieOptions = { secret: 'cat', store };

describe('legacyCookies', () => {
  test('has the name and path of express-session', () => {
    const { legacyCookies } = normalizeLegacyCookies(good);
    expect(legacyCookies).toMatchObject({ name: 'connect.sid', path: '/', secrets: ['cat'] });
    expect(normalizeLegacyCookies(undefined)).toEqual({ legacyCookies: undefined });
  });

  test.each<[string, object]>([
    ['name', { name: 'a b' }],
    ['secret', { secret: '' }],
    ['secret', { secret: [] }],
    ['secret', { secret: Array(9).fill('x') }],
    ['store', { store: {} }],
    ['store', { store: undefined }],
    ['principal', { principal: 'ada' }],
    ['path', { path: 'shop' }],
    ['path', { path: '/;' }],
    ['domain', { domain: 'a;b' }],
  ])('refuses a wrong %s (%j)', (option, wrong) => {
    const normalize = () => normalizeLegacyCookies({ ...good, ...wrong } as LegacyCookieOptions);
    expect(normalize).toThrow(SessionOptionError);
    expect(normalize).toThrow(`legacyCookies.${option}`);
  });

  test('never shows a secret', () => {
    const secret = ['sesame', 7] as unknown as string[];
    expect(() => normalizeLegacyCookies({ ...good, secret })).not.toThrow('sesame');
  });
});
