import { type CookieNames, cookieNames } from '../cookie/cookie-policy.js';
import { parseCookies } from '../cookie/parse-cookies.js';
import { REQUEST_HEADERS } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';
import { type VerifiedId, verifyIdCookie } from '../identity/id-cookie.js';
import type { SessionTransport } from '../options/transport.js';
import { tokenOfHeader, tokenOfUrl } from './presented-token.js';
import type { SessionRuntime } from './session-runtime.js';

/** The session cookies of a request, or what stands in their place. */
export interface PresentedCookies {
  /** Undefined when the policy forbids ids on this connection. */
  readonly names: CookieNames | undefined;
  /** How the id came, and how the client is told of another: by cookie, else in a header. */
  readonly channel: SessionTransport;
  /** Ids whose signature was good, in the order sent. */
  readonly ids: readonly VerifiedId[];
  readonly routes: readonly string[];
  readonly csrf: readonly string[];
  /** Ids of express-session whose signature was good. */
  readonly legacy: readonly string[];
  /** An id came that this application did not sign. */
  readonly refused: boolean;
  /** Any session cookie came at all, so that ending the session has something to clear. */
  readonly any: boolean;
}

/** One way only: an id of another channel is not looked at, so nobody learns it by asking there. */
export function presentedCookies(runtime: SessionRuntime, facts: RequestFacts): PresentedCookies {
  const { cookies, transport } = runtime.policy;
  const { secure } = facts;
  const names = cookieNames(cookies, secure);
  if (!names) {
    runtime.warnings.once('cookies-forbidden', cookiesForbidden(facts));
    return { ...nothing('cookie'), names };
  }
  if (!secure && cookies.secure === 'auto') noticeIgnoredProxy(runtime, facts);
  const onlyCookie = transport.size === 1 && transport.has('cookie');
  if (onlyCookie) return fromCookies(runtime, facts, names);
  const header = transport.has('header') ? tokenOfHeader(facts) : undefined;
  if (header !== undefined) return { ...fromToken(runtime, header, 'header'), names };
  const url = transport.has('url') ? tokenOfUrl(facts) : undefined;
  if (url !== undefined) return { ...fromToken(runtime, url, 'url'), names };
  if (!transport.has('cookie')) return { ...nothing('header'), names };
  return fromCookies(runtime, facts, names);
}

const NONE: readonly string[] = [];

type Presented = Omit<PresentedCookies, 'names'>;

function nothing(channel: SessionTransport): Presented {
  return { channel, ids: [], routes: [], csrf: [], legacy: [], refused: false, any: false };
}

function fromToken(runtime: SessionRuntime, token: string, channel: SessionTransport): Presented {
  const ids = verified(runtime, token === '' ? [] : [token]);
  const any = token !== '';
  return { ...nothing(channel), ids, refused: any && ids.length === 0, any };
}

function fromCookies(
  runtime: SessionRuntime,
  facts: RequestFacts,
  names: CookieNames,
): PresentedCookies {
  const header = facts.header('cookie');
  if (!header) return { ...nothing('cookie'), names };
  const values = parseCookies(header, names.all);
  const texts = values.get(names.id) ?? NONE;
  const ids = verified(runtime, texts);
  const legacy = runtime.legacy?.presented(header) ?? NONE;
  return {
    names,
    channel: 'cookie',
    ids,
    routes: values.get(names.route) ?? NONE,
    csrf: values.get(names.csrf) ?? NONE,
    legacy,
    refused: ids.length < texts.length,
    any: values.size > 0 || legacy.length > 0,
  };
}

function verified(runtime: SessionRuntime, texts: readonly string[]): VerifiedId[] {
  const ids: VerifiedId[] = [];
  for (const text of texts) {
    const id = runtime.verified.check(text, (value) => verifyIdCookie(value, runtime.idKeys));
    if (id) ids.push(id);
  }
  return ids;
}

/** `https` or `wss`, by the word of the nearest proxy. */
const ENDED_TLS = /(?:^|,)\s*(?:https|wss)\s*$/i;

/** Without a word, an application behind a proxy that ends TLS would give cookies that plain http sends, too. */
function noticeIgnoredProxy({ warnings }: SessionRuntime, facts: RequestFacts): void {
  const proto = facts.header(REQUEST_HEADERS.forwardedProto);
  if (proto === undefined || !ENDED_TLS.test(proto)) return;
  warnings.once(
    'insecure-cookies',
    'X-Forwarded-Proto says https and is not believed, so cookies are given without Secure; ' +
      'if a proxy of yours ends TLS set trustProxy',
  );
}

/** What is said once in the log, and in the answer to a request that would begin a session. */
export function cookiesForbidden(facts: RequestFacts): string {
  const proto = facts.header('x-forwarded-proto');
  return (
    'no session can begin here: cookie.secure is true and the request came over plain http ' +
    `(X-Forwarded-Proto: ${shown(proto)}); behind a proxy that ends TLS set trustProxy`
  );
}

/** It is the client's word and goes into logs and answers. */
function shown(proto: string | undefined): string {
  return proto?.replace(/[^\w, ]/g, '?').slice(0, 16) ?? 'none';
}
