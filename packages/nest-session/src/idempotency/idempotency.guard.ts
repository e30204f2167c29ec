import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SessionError, SessionRequestError } from '../errors.js';
import { REQUEST_HEADERS } from '../http/contract.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { reserveRequest } from '../platform/begin-exchange.js';
import { contextExchange, requestOf } from '../platform/request-of.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';

/** What `@Idempotent()` asks of a route. */
export interface IdempotentOptions {
  /** Answer 400 when the key is missing. Default `false`. */
  readonly required?: boolean | undefined;
}

export const IdempotentMetadata = Reflector.createDecorator<IdempotentOptions>();

/** Runs a keyed request once: with `idempotency: 'marked'` here, with `auto` it has been done. */
@Injectable()
export class IdempotencyGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const exchange = contextExchange(context);
    if (!exchange || this.options.idempotency === false) return true;
    const { required = false } = this.reflector.getAllAndOverride(IdempotentMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (required && exchange.facts.header(REQUEST_HEADERS.idempotencyKey) === undefined) {
      throw new SessionRequestError('this needs an Idempotency-Key');
    }
    const request = requestOf(context);
    const proceed = await reserveRequest(exchange, request?.rawBody ?? request?.body);
    // Whatever answers this, the response gate sends the remembered outcome instead.
    if (proceed === false) throw new SessionError('idempotency-in-progress', 'answered before');
    return true;
  }
}
