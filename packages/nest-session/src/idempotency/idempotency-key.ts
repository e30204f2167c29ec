import { SessionRequestError } from '../errors.js';
import { MAX_IDEMPOTENCY_KEY_CHARACTERS } from '../limits.js';

const CHARACTERS = '(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\])*';
const PARAMETER = `; *[a-z*][a-z0-9_.*-]*(?:=(?:"${CHARACTERS}"|[^\\s",;]+))?`;
const QUOTED = new RegExp(`^"(${CHARACTERS})"(?:${PARAMETER})*$`);
const VISIBLE = /^[\x21-\x7e]+$/;
/** Bare text with these is a quoted string gone wrong, or several keys. */
const BROKEN = /[",;]/;

/**
 * Reads an `Idempotency-Key`: a Structured Field string, or the bare text many clients send.
 * Throws `SessionRequestError` when it is neither, or longer than 255 characters. What is neither is
 * not taken as it stands: `"a` and `a` would be two keys, and a repetition would run once more.
 *
 * Source: draft-ietf-httpapi-idempotency-key-header-07 §2.1.
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const quoted = QUOTED.exec(text);
  const key = quoted ? (quoted[1] as string).replace(/\\(["\\])/g, '$1') : text;
  const isBroken = !quoted && BROKEN.test(text);
  if (isBroken || !VISIBLE.test(key) || key.length > MAX_IDEMPOTENCY_KEY_CHARACTERS) {
    throw new SessionRequestError(
      `Idempotency-Key must be 1 to ${MAX_IDEMPOTENCY_KEY_CHARACTERS} visible ASCII characters, ` +
        'in quotes, or without any of " , ;',
    );
  }
  return key;
}
