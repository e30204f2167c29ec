import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthenticationRequiredError } from '../errors.js';
import { withExchange } from '../platform/context-exchange.js';

/** Lets a request pass only when somebody is signed in; else 401. */
@Injectable()
export class AuthenticatedGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return withExchange(context, (exchange) => {
      if (!exchange) throw new AuthenticationRequiredError();
      exchange.requirePrincipal();
      return true;
    });
  }
}
