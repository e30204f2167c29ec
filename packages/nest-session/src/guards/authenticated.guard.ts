import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthenticationRequiredError } from '../errors.js';
import { contextExchange } from '../platform/request-of.js';

/** Lets a request pass only when somebody is signed in; else 401. */
@Injectable()
export class AuthenticatedGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const exchange = contextExchange(context);
    if (!exchange) throw new AuthenticationRequiredError();
    exchange.requirePrincipal();
    return true;
  }
}
