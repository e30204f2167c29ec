import type { KeyRing } from './key-ring.js';
import { type SessionId, sessionKeyOf } from './session-id.js';

/**
 * The id that follows when an id is replaced for its age. Only who has both the id and the secret can
 * tell it, and every node can: parallel requests, and a repetition of the one whose answer was lost,
 * are all given the same id while the old one still answers. HMAC-SHA-256, so 256 bits as before.
 */
export function nextSessionId(
  id: SessionId,
  keys: KeyRing,
): { readonly id: SessionId; readonly key: string } {
  const next = keys.sign(id);
  return { id: next, key: sessionKeyOf(next) };
}
