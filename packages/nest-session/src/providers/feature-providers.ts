import type { InjectionToken, Provider } from '@nestjs/common';

/** What one feature adds to the module. */
export interface FeatureProviders {
  readonly providers: readonly Provider[];
  /** What other modules may inject. */
  readonly exports: readonly InjectionToken[];
}
