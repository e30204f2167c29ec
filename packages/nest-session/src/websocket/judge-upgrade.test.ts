import { describe, expect, test } from 'vitest';
import { judgeUpgrade, type UpgradeFacts } from './judge-upgrade.js';

const PLAIN: UpgradeFacts = {
  target: '/chat',
  secure: false,
  host: 'shop.example',
  origin: 'http://shop.example',
  tokenParameter: 'session_token',
  requireTls: false,
  origins: ['https://app.example'],
};
const SECURE = { ...PLAIN, secure: true, origin: 'https://shop.example', requireTls: true };
const FOREIGN = 'the page is of another origin';

describe('an upgrade', () => {
  test.each<[string, Partial<UpgradeFacts>, string | undefined]>([
    ['of the own origin', {}, undefined],
    [
      'of the own origin, with the port that a proxy writes',
      { host: 'shop.example:443' },
      undefined,
    ],
    ['of the own name, with another port', { host: 'shop.example:80' }, FOREIGN],
    ['of a client that is no browser', { origin: undefined }, undefined],
    ['of an origin on the list', { origin: 'https://app.example' }, undefined],
    ['of another origin', { origin: 'https://evil.example' }, FOREIGN],
    ['of a frame without an origin', { origin: 'null' }, FOREIGN],
    ['of another port', { origin: 'https://shop.example:8443' }, FOREIGN],
    ['of a name that begins alike', { origin: 'https://shop.example.evil.net' }, FOREIGN],
    ['of a listed name over http', { origin: 'http://app.example' }, FOREIGN],
    ['of an extension', { origin: 'chrome-extension://shop.example' }, FOREIGN],
    ['of a page that came without TLS', { origin: 'http://shop.example' }, FOREIGN],
    ['without TLS', { secure: false }, 'sockets need TLS'],
    [
      'with a token in its address',
      { target: '/chat?a=b&session_token=x' },
      'a session token does not belong into an address',
    ],
    ['with another parameter', { target: '/chat?room=1' }, undefined],
  ])('%s', (_name, facts, expected) => {
    expect(judgeUpgrade({ ...SECURE, ...facts })).toBe(expected);
  });

  test('may do without TLS where that is not required', () => {
    expect(judgeUpgrade(PLAIN)).toBeUndefined();
    expect(judgeUpgrade({ ...PLAIN, origin: 'https://shop.example' })).toBeUndefined();
  });
});
