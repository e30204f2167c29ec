import type { SessionRuntime } from '../exchange/session-runtime.js';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { RateLimitService } from '../rate-limit/rate-limit.service.js';
import { SESSION_RUNTIME } from '../tokens.js';
import type { FeatureProviders } from './feature-providers.js';

export const RATE_LIMIT_PROVIDERS: FeatureProviders = {
  providers: [
    RateLimitGuard,
    {
      provide: RateLimitService,
      // The store of the runtime, whose calls are spans: those of the cluster itself are not.
      useFactory: ({ store }: SessionRuntime) => new RateLimitService(store),
      inject: [SESSION_RUNTIME],
    },
  ],
  exports: [RateLimitGuard, RateLimitService],
};
