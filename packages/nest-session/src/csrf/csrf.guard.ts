import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type ReflectableDecorator, Reflector } from '@nestjs/core';
import { CrossSiteError, CsrfInvalidError } from '../errors.js';
import { tokenOfHeader } from '../exchange/presented-token.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { CSRF_FORM_FIELD, isSafeMethod, REQUEST_HEADERS } from '../http/contract.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { contextExchange, type GuardedRequest, requestOf } from '../platform/request-of.js';
import { SessionEvents } from '../session-events.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';
import { CrossSiteMetadata } from './cross-site.decorator.js';
import { judgeCsrf } from './judge-csrf.js';
import { isCrossSite, isForeignRead } from './judge-read.js';
import { skipsPreflight } from './preflight.js';
import { SkipCsrfMetadata } from './skip-csrf.decorator.js';

type CheckedCsrf = NonNullable<NormalizedSessionOptions['csrf']>;

/**
 * Refuses what another site may have caused: unsafe requests, and reads of what belongs to a
 * session. Registered for the whole application unless `csrf: false`; `@SkipCsrf()` exempts a
 * route, for callers that authenticate otherwise, and `@CrossSite()` its reads.
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
    const { facts } = exchange;
    if (isSafeMethod(facts.method)) return this.#judgeRead(context, exchange, csrf);
    if (this.#has(SkipCsrfMetadata, context)) return true;
    const reason =
      judgeCsrf({
        method: facts.method,
        fetchSite: facts.header('sec-fetch-site'),
        origin: facts.header('origin'),
        host: facts.host,
        trustedOrigins: csrf.trustedOrigins,
        expected: exchange.cameWithCookie ? exchange.csrfToken : undefined,
        given: givenToken(exchange, requestOf(context)),
      }) ?? (csrf.requirePreflight ? judgePreflight(exchange) : undefined);
    if (reason === undefined) return true;
    this.events.emit({ kind: 'csrf-refused', ip: facts.ip, reason });
    throw new CsrfInvalidError(reason);
  }

  /** Throws `CrossSiteError` when another site reads what belongs to the client's session. */
  #judgeRead(context: ExecutionContext, exchange: SessionExchange, csrf: CheckedCsrf): true {
    const { facts } = exchange;
    const fetchSite = facts.header('sec-fetch-site');
    // First what says that most reads are none of another site's.
    if (!isCrossSite(fetchSite) || !csrf.refusesCrossSiteReads) return true;
    if (!exchange.cameWithCookie) return true;
    if (this.#has(CrossSiteMetadata, context) || this.#has(SkipCsrfMetadata, context)) return true;
    const isForeign = isForeignRead({
      method: facts.method,
      fetchSite,
      fetchMode: facts.header('sec-fetch-mode'),
      fetchDest: facts.header('sec-fetch-dest'),
      origin: facts.header('origin'),
      trustedOrigins: csrf.trustedOrigins,
    });
    if (!isForeign) return true;
    this.events.emit({ kind: 'csrf-refused', ip: facts.ip, reason: 'another site reads' });
    throw new CrossSiteError();
  }

  #has(mark: ReflectableDecorator<boolean>, context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride(mark, targets) ?? false;
  }
}

/** The reason to refuse what no preflight kept out; undefined for none. */
function judgePreflight({ facts }: SessionExchange): string | undefined {
  const skips = skipsPreflight({
    method: facts.method,
    contentType: facts.header('content-type'),
    fetchSite: facts.header('sec-fetch-site'),
    hasTokenHeader:
      facts.header(REQUEST_HEADERS.csrfToken) !== undefined || tokenOfHeader(facts) !== undefined,
  });
  return skips ? 'another site could send this: it needs JSON or the CSRF header' : undefined;
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
