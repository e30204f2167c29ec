export type { ExpressSessionStore } from './express-store.js';
export {
  createMemoryTierContents,
  type MemoryTierContents,
  type MemoryTierOptions,
  memoryTier,
} from './memory-tier.js';
export { type RedisTierOptions, redisTier } from './redis-tier.js';
export { type StoreTierOptions, storeTier } from './store-tier.js';
export type {
  Tier,
  TierAnswer,
  TierBurial,
  TierEvent,
  TierRecord,
  TierVerdict,
} from './tier.js';
export type { TierPolicy, TierPolicyOptions, TierSeal } from './tier-policy.js';
