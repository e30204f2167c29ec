import { hash } from 'node:crypto';
import { BoundedMap } from './bounded-map.js';
import type { VerifiedId } from './id-cookie.js';

/** What is kept of a checked cookie: nothing a reader of the memory could send. */
interface Remembered {
  readonly key: string;
  readonly issuedAtSeconds: number;
}

/**
 * Remembers cookies whose signature was good, so that a busy client costs one hash per request.
 * Keyed by the hash of the whole cookie: neither the id nor its signature stays in memory.
 */
export class VerifiedCookies {
  readonly #entries: BoundedMap<Remembered>;

  constructor(maxEntries: number) {
    this.#entries = new BoundedMap(maxEntries);
  }

  /** The remembered outcome for this value, or what `verify` says; only successes are kept. */
  check(value: string, verify: (value: string) => VerifiedId | undefined): VerifiedId | undefined {
    const fingerprint = hash('sha256', value, 'base64url');
    const known = this.#entries.get(fingerprint);
    if (known) {
      const { key, issuedAtSeconds } = known;
      return { id: value.slice(0, value.indexOf('.')), key, issuedAtSeconds };
    }
    const verified = verify(value);
    if (verified) {
      const { key, issuedAtSeconds } = verified;
      this.#entries.set(fingerprint, { key, issuedAtSeconds });
    }
    return verified;
  }

  get size(): number {
    return this.#entries.size;
  }
}
