import { expect, test } from 'vitest';
import { neverConnected } from './never-connected.js';

const failed = (cause: unknown) => new TypeError('fetch failed', { cause });
const system = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });

test.each<[string, unknown, boolean]>([
  ['refused', failed(system('ECONNREFUSED', 'connect')), true],
  ['timed out while connecting', failed(system('ETIMEDOUT', 'connect')), true],
  ['unreachable while connecting', failed(system('EHOSTUNREACH', 'connect')), true],
  ['no such name', failed(system('ENOTFOUND', 'getaddrinfo')), true],
  ["undici's connect timeout", failed({ code: 'UND_ERR_CONNECT_TIMEOUT' }), true],
  [
    'refused by every address of a name',
    failed({ errors: [system('ECONNREFUSED', 'connect'), system('ENETUNREACH', 'connect')] }),
    true,
  ],
  ['reset', failed(system('ECONNRESET', 'read')), false],
  ['unreachable while reading', failed(system('EHOSTUNREACH', 'read')), false],
  ['broken pipe', failed(system('EPIPE', 'write')), false],
  ['closed by the other side', failed({ code: 'UND_ERR_SOCKET' }), false],
  [
    'mixed',
    failed({ errors: [system('ECONNREFUSED', 'connect'), system('EPIPE', 'write')] }),
    false,
  ],
  ['no errors at all', failed({ errors: [] }), false],
  ['after a redirect', failed(failed(system('ECONNREFUSED', 'connect'))), false],
  ['an error without cause', new TypeError('x'), false],
  ['nothing', null, false],
])('%s: %o', (_what, error, expected) => {
  expect(neverConnected(error)).toBe(expected);
});
