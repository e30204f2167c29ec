import { applyDecorators, UseGuards } from '@nestjs/common';
import type { Duration } from '../options/duration.js';
import { AuthenticatedGuard } from './authenticated.guard.js';
import {
  FreshLoginGuard,
  FreshLoginMetadata,
  type FreshLoginOptions,
  freshLoginRule,
} from './fresh-login.guard.js';
import { RolesGuard, RolesMetadata } from './roles.guard.js';
import { SessionGuard } from './session.guard.js';

type RouteDecorator = ReturnType<typeof applyDecorators>;

/** The route needs a session; answers 401 without one. */
export const RequireSession = (): RouteDecorator => applyDecorators(UseGuards(SessionGuard));

/** The route needs somebody signed in; answers 401 otherwise. */
export const Authenticated = (): RouteDecorator => applyDecorators(UseGuards(AuthenticatedGuard));

/** The route needs a principal with one of these roles; answers 401 or 403 otherwise. */
export const Roles = (...roles: readonly string[]): RouteDecorator =>
  applyDecorators(RolesMetadata(roles), UseGuards(RolesGuard));

/**
 * The route needs a login that is at most this old, whatever the session's timeouts are, and with
 * `factors` one by that many kinds of proof: for changes of password or address, and payments (ASVS
 * 7.5.1, 7.5.3). Answers 401 `fresh-login-required`, after which the application asks for the
 * password and calls `session.login()` again. Throws at once when the arguments make no sense.
 */
export const FreshLogin = (options: Duration | FreshLoginOptions): RouteDecorator =>
  applyDecorators(FreshLoginMetadata(freshLoginRule(options)), UseGuards(FreshLoginGuard));
