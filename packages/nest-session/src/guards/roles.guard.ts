import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthenticationRequiredError, ForbiddenError } from '../errors.js';
import { withExchange } from '../platform/context-exchange.js';
import { SessionEvents } from '../session-events.js';

/** The roles of which a principal needs one. A route's list replaces its controller's. */
export const RolesMetadata = Reflector.createDecorator<readonly string[]>();

/** Lets a request pass only with one of the roles of `@Roles()`; else 401 or 403. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(SessionEvents) private readonly events: SessionEvents,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const roles = this.reflector.getAllAndOverride(RolesMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!roles) return true;
    return withExchange(context, (exchange) => {
      if (!exchange) throw new AuthenticationRequiredError();
      const principal = exchange.requirePrincipal();
      if (roles.some((role) => principal.roles.includes(role))) return true;
      const { ip } = exchange.facts;
      this.events.emit({ kind: 'access-refused', principal: principal.id, ip });
      throw new ForbiddenError();
    });
  }
}
