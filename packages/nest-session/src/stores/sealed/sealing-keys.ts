import { createHash, hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;
const KID_CHARACTERS = 8;

/** A key, and the name that a token says it was made with. */
export interface SealingKey {
  readonly kid: string;
  readonly key: Uint8Array;
}

/**
 * Keys for tokens that carry a session, derived from the application's secrets as those of a `KeyRing`
 * are: the first seals, all open. The audience is part of each key, so that a token for one audience
 * is no token for another, whatever it says (ASVS 9.2.3, 9.2.4).
 */
export class SealingKeys {
  readonly current: SealingKey;
  readonly #keys: ReadonlyMap<string, Uint8Array>;

  constructor(secrets: readonly string[], audience: string) {
    const keys = secrets.map((secret) => sealingKey(secret, audience));
    this.current = keys[0] as SealingKey;
    this.#keys = new Map(keys.map(({ kid, key }) => [kid, key]));
  }

  find(kid: unknown): Uint8Array | undefined {
    return typeof kid === 'string' ? this.#keys.get(kid) : undefined;
  }
}

function sealingKey(secret: string, audience: string): SealingKey {
  const info = `session-jwe:${audience}`;
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, KEY_BYTES));
  const kid = createHash('sha256').update(key).digest('base64url').slice(0, KID_CHARACTERS);
  return { kid, key };
}
