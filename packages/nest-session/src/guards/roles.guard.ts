import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ForbiddenError } from '../errors.js';
import { withExchange } from '../platform/context-exchange.js';
import { judgeAccess } from './judge-access.js';

/** The roles of which a principal needs one. A route's list replaces its controller's. */
export const RolesMetadata = Reflector.createDecorator<readonly string[]>();

/** Lets a request pass only with one of the roles of `@Roles()`; else 401 or 403. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const roles = this.reflector.getAllAndOverride(RolesMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!roles) return true;
    return withExchange(context, (exchange) =>
      judgeAccess(exchange, (present) => {
        const principal = present.requirePrincipal();
        if (!roles.some((role) => principal.roles.includes(role))) throw new ForbiddenError();
      }),
    );
  }
}
