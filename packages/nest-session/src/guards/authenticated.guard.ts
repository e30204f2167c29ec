import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { withExchange } from '../platform/context-exchange.js';
import { judgeAccess } from './judge-access.js';

/** Lets a request pass only when somebody is signed in; else 401. */
@Injectable()
export class AuthenticatedGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return withExchange(context, (exchange) =>
      judgeAccess(exchange, (present) => present.requirePrincipal()),
    );
  }
}
