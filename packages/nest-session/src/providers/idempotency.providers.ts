import { IdempotencyGuard } from '../idempotency/idempotency.guard.js';
import type { FeatureProviders } from './feature-providers.js';

export const IDEMPOTENCY_PROVIDERS: FeatureProviders = {
  providers: [IdempotencyGuard],
  exports: [IdempotencyGuard],
};
