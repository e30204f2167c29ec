import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';

/** What a derived key is for; its HKDF `info`, so that no key serves two purposes. */
export type KeyPurpose = 'session-id' | 'route' | 'legacy-id' | 'renewal';

/**
 * Keys derived from the application's secrets, one per purpose (HKDF-SHA-256, RFC 5869). The first
 * secret signs, all verify: a secret is replaced by putting the new one in front, and dropping the
 * old one after the absolute timeout.
 */
export class KeyRing {
  /** As objects of OpenSSL: bytes would be made one by every call, at twice its cost. */
  readonly #keys: readonly KeyObject[];

  constructor(secrets: readonly string[], purpose: KeyPurpose) {
    this.#keys = secrets.map((secret) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), purpose, 32))),
    );
  }

  /** HMAC-SHA-256 with the current key, base64url. */
  sign(text: string): string {
    return mac(this.#keys[0] as KeyObject, text);
  }

  /**
   * Whether `given` is what any key of the ring signs `text` with, or its first `given.length`
   * characters where a cookie carries a shortened code. Takes the same time for any wrong code.
   */
  verifies(text: string, given: string): boolean {
    const bytes = Buffer.from(given, 'latin1');
    let valid = false;
    for (const key of this.#keys) {
      const expected = Buffer.from(mac(key, text).slice(0, given.length), 'latin1');
      if (expected.length === bytes.length && timingSafeEqual(expected, bytes)) valid = true;
    }
    return valid;
  }
}

function mac(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
