import { describe, expect, test } from 'vitest';
import { type CsrfFacts, judgeCsrf } from './judge-csrf.js';

const token = 'a-token-of-the-session';
const base: CsrfFacts = {
  method: 'POST',
  fetchSite: undefined,
  origin: undefined,
  host: 'shop.example',
  trustedOrigins: ['https://admin.example'],
  expected: token,
  given: token,
};

describe('judgeCsrf (ASVS 3.5.1)', () => {
  test.each<[string, Partial<CsrfFacts>, RegExp | undefined]>([
    ['the right token passes', {}, undefined],
    ['a missing token is refused', { given: undefined }, /missing/],
    ['a wrong token is refused', { given: 'a-token-of-another-one' }, /wrong/],
    ['a prefix of the token is refused', { given: token.slice(0, -1) }, /wrong/],
    ['an empty token is refused', { given: '' }, /wrong/],
    ['safe methods pass without a token', { method: 'GET', given: undefined }, undefined],
    ['HEAD passes', { method: 'HEAD', given: undefined, fetchSite: 'cross-site' }, undefined],
    ['DELETE is checked', { method: 'DELETE', given: undefined }, /missing/],
    ['an unknown method is checked', { method: 'PURGE', given: undefined }, /missing/],
    [
      'without a session there is nothing to forge',
      { expected: undefined, given: undefined },
      undefined,
    ],
    [
      'same-origin still needs the token',
      { fetchSite: 'same-origin', given: undefined },
      /missing/,
    ],
    ['a user-made request passes with the token', { fetchSite: 'none' }, undefined],
    ['cross-site is refused even with the token', { fetchSite: 'cross-site' }, /another site/],
    ['a sibling domain is refused', { fetchSite: 'same-site' }, /another site/],
    [
      'a forged login is refused without any session',
      { fetchSite: 'cross-site', expected: undefined },
      /another site/,
    ],
    ['an unknown word of a browser is refused', { fetchSite: 'nearby' }, /another site/],
    ['our own Origin passes', { origin: 'https://shop.example' }, undefined],
    ['our own Origin with another scheme passes', { origin: 'http://shop.example' }, undefined],
    [
      'our own Origin passes where a proxy writes the port it could leave out',
      { origin: 'https://shop.example', host: 'shop.example:443' },
      undefined,
    ],
    [
      'our own Origin passes over plain http with that port',
      { origin: 'http://shop.example', host: 'shop.example:80' },
      undefined,
    ],
    [
      'the port of another scheme is another origin',
      { origin: 'https://shop.example', host: 'shop.example:80' },
      /another site/,
    ],
    [
      'an address of IPv6 passes with its port',
      { origin: 'http://[::1]:8080', host: '[::1]:8080' },
      undefined,
    ],
    [
      'a Host that is none is refused',
      { origin: 'https://shop.example', host: 'shop.example:x' },
      /another site/,
    ],
    [
      'a Host that hides ours behind a name is refused',
      { origin: 'https://shop.example', host: 'evil@shop.example' },
      /another site/,
    ],
    [
      'an Origin that hides ours behind a path is refused',
      { origin: 'https://evil.example/shop.example', host: 'shop.example' },
      /another site/,
    ],
    ['a foreign Origin is refused', { origin: 'https://evil.example' }, /another site/],
    ['an opaque Origin is refused', { origin: 'null' }, /another site/],
    [
      'our name as a subdomain of another is refused',
      { origin: 'https://shop.example.evil.example' },
      /another site/,
    ],
    ['another port is another origin', { origin: 'https://shop.example:444' }, /another site/],
    [
      'a trusted Origin passes',
      { origin: 'https://admin.example', fetchSite: 'cross-site' },
      undefined,
    ],
    [
      'a trusted Origin still needs the token',
      { origin: 'https://admin.example', given: undefined },
      /missing/,
    ],
  ])('%s', (_name, change, expected) => {
    const reason = judgeCsrf({ ...base, ...change });
    if (expected) expect(reason).toMatch(expected);
    else expect(reason).toBeUndefined();
  });
});
