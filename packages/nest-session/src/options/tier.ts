import type { Tier } from '@understudy/replication';
import { SessionOptionError } from '../errors.js';

export interface NormalizedTier {
  readonly tier: Tier | undefined;
}

/** The engine checks the rest of a tier; this one asks whether it is any. */
export function normalizeTier(tier: Tier | undefined): NormalizedTier {
  if (tier === undefined || typeof tier?.write === 'function') return { tier };
  throw new SessionOptionError('tier', tier, 'a tier such as redisTier({ url })');
}
