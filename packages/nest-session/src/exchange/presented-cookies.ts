import { type CookieNames, cookieNames } from '../cookie/cookie-policy.js';
import { parseCookies } from '../cookie/parse-cookies.js';
import type { RequestFacts } from '../http/request-facts.js';
import { type VerifiedId, verifyIdCookie } from '../identity/id-cookie.js';
import type { SessionRuntime } from './session-runtime.js';

/** The session cookies of a request. */
export interface PresentedCookies {
  /** Undefined when the policy forbids cookies on this connection. */
  readonly names: CookieNames | undefined;
  /** Ids whose signature was good, in the order sent. */
  readonly ids: readonly VerifiedId[];
  readonly routes: readonly string[];
  readonly csrf: readonly string[];
  /** Ids of express-session whose signature was good. */
  readonly legacy: readonly string[];
  /** An id cookie came that this application did not sign. */
  readonly refused: boolean;
  /** Any session cookie came at all, so that ending the session has something to clear. */
  readonly any: boolean;
}

export function presentedCookies(runtime: SessionRuntime, facts: RequestFacts): PresentedCookies {
  const names = cookieNames(runtime.policy.cookies, facts.secure);
  const header = facts.header('cookie');
  if (!names || !header) {
    return { names, ids: [], routes: [], csrf: [], legacy: [], refused: false, any: false };
  }
  const values = parseCookies(header, new Set([names.id, names.route, names.csrf]));
  const texts = values.get(names.id) ?? [];
  const ids = texts
    .map((text) => runtime.verified.check(text, (value) => verifyIdCookie(value, runtime.idKeys)))
    .filter((verified) => verified !== undefined);
  return {
    names,
    ids,
    routes: values.get(names.route) ?? [],
    csrf: values.get(names.csrf) ?? [],
    legacy: runtime.legacy?.presented(header) ?? [],
    refused: ids.length < texts.length,
    any: values.size > 0,
  };
}
