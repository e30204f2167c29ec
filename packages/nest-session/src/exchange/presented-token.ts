import { isSafeMethod, REQUEST_HEADERS, TOKEN_PARAMETER, TOKEN_SCHEME } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';

const CREDENTIALS = new RegExp(`^${TOKEN_SCHEME}(?: +([A-Za-z0-9._-]*))? *$`, 'i');

/**
 * What `Authorization: Session <token>` carries. The scheme alone asks for a token in place of cookies:
 * empty. Undefined: another scheme, or none.
 */
export function tokenOfHeader(facts: RequestFacts): string | undefined {
  const header = facts.header(REQUEST_HEADERS.authorization);
  const match = header === undefined ? null : CREDENTIALS.exec(header);
  return match ? (match[1] ?? '') : undefined;
}

/** What the address carries; of requests alone that promise to change nothing. */
export function tokenOfUrl({ method, target }: RequestFacts): string | undefined {
  const query = target.indexOf('?');
  if (query < 0 || !isSafeMethod(method)) return undefined;
  return new URLSearchParams(target.slice(query)).get(TOKEN_PARAMETER) ?? undefined;
}
