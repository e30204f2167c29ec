// @ts-check
import { createHash, randomBytes } from 'node:crypto';

/** @typedef {import('../../packages/replication/dist/index.js').CreateRequest} CreateRequest */

/** Longer than any benchmark runs. */
const LIFETIME_MS = 60 * 60_000;

/** @returns {string} As sessions have them: the hash of a secret id. */
export function newKey() {
  return createHash('sha256').update(randomBytes(32)).digest('base64url');
}

/**
 * A session as shops have them: some short fields, a counter, and lines of a cart up to the size.
 *
 * @param {number} bytes  Of its JSON, about.
 * @returns {CreateRequest}
 */
export function newSession(bytes) {
  const data = { visits: 0, locale: 'en-GB', seenAt: 1_700_000_000_000, cart: cartOf(bytes - 100) };
  const system = { csrf: randomBytes(18).toString('base64url') };
  return {
    key: newKey(),
    data,
    system,
    idleTimeoutMs: LIFETIME_MS,
    absoluteTimeoutMs: LIFETIME_MS,
    durability: 'backup',
  };
}

/** @param {number} bytes */
function cartOf(bytes) {
  const lines = [];
  for (let left = bytes; left > 0; left -= 100) {
    lines.push({
      sku: randomBytes(6).toString('hex'),
      title: 'A cup that keeps warm for an hour',
      quantity: 1 + (lines.length % 4),
      price: 1990,
    });
  }
  return lines;
}
