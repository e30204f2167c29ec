import { APP_GUARD } from '@nestjs/core';
import { CsrfGuard } from '../csrf/csrf.guard.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';
import type { FeatureProviders } from './feature-providers.js';

export const CSRF_PROVIDERS: FeatureProviders = {
  providers: [
    CsrfGuard,
    {
      provide: APP_GUARD,
      inject: [CsrfGuard, NORMALIZED_OPTIONS],
      // Nest waits for guards in three promises, also for one that has nothing to refuse.
      useFactory: (guard: CsrfGuard, { csrf }: NormalizedSessionOptions) =>
        csrf ? guard : undefined,
    },
  ],
  exports: [CsrfGuard],
};
