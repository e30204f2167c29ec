import { decodeDocument, encodeDocument, type SessionDocument } from '@understudy/replication';
import { CompactEncrypt, compactDecrypt } from 'jose';
import type { SealingKeys } from './sealing-keys.js';

/** A session as its cookie carries it. Times are milliseconds since 1970. */
export interface SealedSession {
  /** Names the session; nobody needs to be told what it is the hash of. */
  readonly key: string;
  readonly seq: number;
  readonly issuedAtMs: number;
  /** It is over then, whatever happens. */
  readonly endsAtMs: number;
  /** It is over when nobody came for so long. */
  readonly idleTimeoutMs: number;
  readonly document: SessionDocument;
}

const ALGORITHM = 'dir';
const ENCRYPTION = 'A256GCM';
const TYPE = 'session';
/** Clocks of processes differ by less. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/** Compact JWE without an encrypted key; also whatever else looks like it. */
const TOKEN = /^[\w-]{1,512}\.\.[\w-]{16}\.[\w-]{1,6000}\.[\w-]{22}$/;

export function looksLikeToken(text: string): boolean {
  return TOKEN.test(text);
}

/** As a compact JWE (RFC 7516): nobody but the application can read or change it. */
export async function sealSession(
  { key: sid, seq, issuedAtMs, endsAtMs, idleTimeoutMs, document }: SealedSession,
  keys: SealingKeys,
): Promise<string> {
  const { kid, key } = keys.current;
  // Names and units as RFC 7519 has them. Not compressed: its length would tell of its contents.
  const claims = { sid, seq, iat: issuedAtMs / 1000, exp: endsAtMs / 1000, idle: idleTimeoutMs };
  const plaintext = Buffer.concat([
    Buffer.from(`${JSON.stringify(claims)}\n`),
    encodeDocument(document),
  ]);
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, kid, typ: TYPE })
    .encrypt(key);
}

/**
 * What a token carries, whether its time is over or not. Undefined for anything that none of these keys
 * sealed, or that is no session: one algorithm is known, keys come from the options alone, whatever a
 * header names, and a token of the future is none.
 */
export async function openToken(
  token: string,
  keys: SealingKeys,
  nowMs: number,
): Promise<SealedSession | undefined> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(
      token,
      ({ kid }) => {
        const key = keys.find(kid);
        if (!key) throw new Error('no such key');
        return key;
      },
      { keyManagementAlgorithms: [ALGORITHM], contentEncryptionAlgorithms: [ENCRYPTION] },
    );
    if (protectedHeader.typ !== TYPE) return undefined;
    const session = readPlaintext(Buffer.from(plaintext));
    return session.issuedAtMs > nowMs + MAX_CLOCK_SKEW_MS ? undefined : session;
  } catch {
    // Whatever is wrong with it, it is not a session of ours.
    return undefined;
  }
}

function readPlaintext(plaintext: Buffer): SealedSession {
  const end = plaintext.indexOf('\n');
  const { sid: key, seq, iat, exp, idle } = JSON.parse(plaintext.toString('utf8', 0, end));
  const document = decodeDocument(plaintext.subarray(end + 1));
  const times = { issuedAtMs: iat * 1000, endsAtMs: exp * 1000, idleTimeoutMs: idle };
  return { key, seq, ...times, document };
}
