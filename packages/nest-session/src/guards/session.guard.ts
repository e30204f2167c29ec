import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthenticationRequiredError } from '../errors.js';
import { withExchange } from '../platform/context-exchange.js';

/** Lets a request pass only with a session; else a 401 that says whether there was one. */
@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return withExchange(context, (exchange) => {
      if (!exchange) throw new AuthenticationRequiredError('this needs a session');
      exchange.requireSession();
      return true;
    });
  }
}
