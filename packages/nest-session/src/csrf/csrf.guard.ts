import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CsrfInvalidError } from '../errors.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { CSRF_FORM_FIELD, REQUEST_HEADERS } from '../http/contract.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { contextExchange, type GuardedRequest, requestOf } from '../platform/request-of.js';
import { SessionEvents } from '../session-events.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';
import { judgeCsrf } from './judge-csrf.js';
import { SkipCsrfMetadata } from './skip-csrf.decorator.js';

/**
 * Refuses unsafe requests that another site may have caused. Registered for the whole application
 * unless `csrf: false`; `@SkipCsrf()` exempts a route, for callers that authenticate otherwise.
 */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions,
    @Inject(SessionEvents) private readonly events: SessionEvents,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { csrf } = this.options;
    const exchange = contextExchange(context);
    if (!csrf || !exchange) return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(SkipCsrfMetadata, targets)) return true;
    const { facts } = exchange;
    const reason = judgeCsrf({
      method: facts.method,
      fetchSite: facts.header('sec-fetch-site'),
      origin: facts.header('origin'),
      host: facts.host,
      trustedOrigins: csrf.trustedOrigins,
      expected: exchange.cameWithSession ? exchange.csrfToken : undefined,
      given: givenToken(exchange, requestOf(context)),
    });
    if (reason === undefined) return true;
    this.events.emit({ kind: 'csrf-refused', ip: facts.ip, reason });
    throw new CsrfInvalidError(reason);
  }
}

/** The header, else the field of a form. */
function givenToken(
  { facts }: SessionExchange,
  request: GuardedRequest | undefined,
): string | undefined {
  const header = facts.header(REQUEST_HEADERS.csrfToken);
  if (header !== undefined) return header;
  const { body } = request ?? {};
  if (typeof body !== 'object' || body === null) return undefined;
  const field = (body as Record<string, unknown>)[CSRF_FORM_FIELD];
  return typeof field === 'string' ? field : undefined;
}
