import { AuthenticatedGuard } from '../guards/authenticated.guard.js';
import { FreshLoginGuard } from '../guards/fresh-login.guard.js';
import { RolesGuard } from '../guards/roles.guard.js';
import { SessionGuard } from '../guards/session.guard.js';
import type { FeatureProviders } from './feature-providers.js';

export const ACCESS_PROVIDERS: FeatureProviders = {
  providers: [AuthenticatedGuard, FreshLoginGuard, RolesGuard, SessionGuard],
  exports: [AuthenticatedGuard, FreshLoginGuard, RolesGuard, SessionGuard],
};
