import { APP_GUARD } from '@nestjs/core';
import { CsrfGuard } from '../csrf/csrf.guard.js';
import type { FeatureProviders } from './feature-providers.js';

export const CSRF_PROVIDERS: FeatureProviders = {
  providers: [CsrfGuard, { provide: APP_GUARD, useExisting: CsrfGuard }],
  exports: [CsrfGuard],
};
