import { CompactEncrypt, compactDecrypt } from 'jose';
import { expect, test } from 'vitest';
import { SealingKeys } from './sealing-keys.js';
import { openToken, sealSession } from './session-token.js';

const NOW_MS = 1_000_000;
const keys = new SealingKeys(['a secret of these tests, long enough'], 'session');
const { kid, key } = keys.current;

test.each([
  ['dir', 'A256GCM', true],
  ['dir', 'A128CBC-HS256', false],
  ['A256KW', 'A256GCM', false],
  ['A256GCMKW', 'A256GCM', false],
])('%s with %s, by the right key: %s (ASVS 9.1.2)', async (alg, enc, isOpened) => {
  const session = {
    ...{ key: 'k', seq: 1, issuedAtMs: NOW_MS, endsAtMs: NOW_MS + 1000, idleTimeoutMs: 1000 },
    document: { data: { a: 1 }, system: {} },
  };
  const { plaintext } = await compactDecrypt(await sealSession(session, keys), key);
  const token = await new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg, enc, kid, typ: 'session' })
    .encrypt(key);
  expect(await openToken(token, keys, NOW_MS)).toEqual(isOpened ? session : undefined);
});
