import { AuthenticatedGuard } from '../guards/authenticated.guard.js';
import { RolesGuard } from '../guards/roles.guard.js';
import { SessionGuard } from '../guards/session.guard.js';
import type { FeatureProviders } from './feature-providers.js';

export const ACCESS_PROVIDERS: FeatureProviders = {
  providers: [AuthenticatedGuard, RolesGuard, SessionGuard],
  exports: [AuthenticatedGuard, RolesGuard, SessionGuard],
};
