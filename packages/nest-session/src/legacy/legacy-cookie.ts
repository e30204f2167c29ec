import { createHmac, timingSafeEqual } from 'node:crypto';
import { MAX_LEGACY_ID_CHARACTERS } from '../limits.js';

const SIGNED = /^s:(.+)\.([A-Za-z0-9+/]{43})$/s;

/**
 * The id in a cookie of express-session: `s:<id>.<HMAC-SHA-256 as base64>`, percent-encoded.
 * Undefined for anything these secrets did not sign; takes the same time for any wrong code.
 */
export function legacyId(value: string, secrets: readonly string[]): string | undefined {
  const match = SIGNED.exec(decoded(value) ?? '');
  const [, id = '', given = ''] = match ?? [];
  if (id === '' || id.length > MAX_LEGACY_ID_CHARACTERS) return undefined;
  const bytes = Buffer.from(given, 'latin1');
  let valid = false;
  for (const secret of secrets) {
    const code = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
    if (timingSafeEqual(Buffer.from(code, 'latin1'), bytes)) valid = true;
  }
  return valid ? id : undefined;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
