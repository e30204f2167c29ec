import { SessionPolicy } from '../lifetime/session-policy.js';
import type { FeatureProviders } from './feature-providers.js';

export const LIFETIME_PROVIDERS: FeatureProviders = {
  providers: [SessionPolicy],
  exports: [SessionPolicy],
};
