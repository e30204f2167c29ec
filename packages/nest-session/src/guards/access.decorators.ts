import { applyDecorators, UseGuards } from '@nestjs/common';
import { AuthenticatedGuard } from './authenticated.guard.js';
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
