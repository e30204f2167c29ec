import { createHash } from 'node:crypto';
import type { RequestFacts } from '../http/request-facts.js';
import { addressPrefix } from '../rate-limit/client-address.js';

/** What a session can be bound to; the names are those of the options. */
export type BoundTrait = 'userAgent' | 'ip';

export const BOUND_TRAITS: readonly BoundTrait[] = ['userAgent', 'ip'];

/** Enough that two browsers are told apart; more would only take room in every session. */
const HASH_CHARACTERS = 16;

/** A trait as it is remembered and compared. */
export function clientTrait(trait: BoundTrait, facts: RequestFacts): string {
  return trait === 'ip' ? addressPrefix(facts.ip) : hashOf(facts.header('user-agent') ?? '');
}

/** Without version numbers: a browser that updates itself is the same browser. */
function hashOf(userAgent: string): string {
  const kept = userAgent.replace(/\d[\d._]*/g, '');
  return createHash('sha256').update(kept).digest('base64url').slice(0, HASH_CHARACTERS);
}
