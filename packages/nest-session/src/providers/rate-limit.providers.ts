import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { RateLimitService } from '../rate-limit/rate-limit.service.js';
import type { FeatureProviders } from './feature-providers.js';

export const RATE_LIMIT_PROVIDERS: FeatureProviders = {
  providers: [RateLimitGuard, RateLimitService],
  exports: [RateLimitGuard, RateLimitService],
};
