/** What decides whether a browser asks the server before it sends a request of another site. */
export interface PreflightFacts {
  readonly method: string;
  /** `Content-Type`. */
  readonly contentType: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  /** The CSRF header came, which no page of another site can set without being asked. */
  readonly hasTokenHeader: boolean;
}

/** Content types that a form can have: another site may send them without a preflight. */
const FORM_TYPES: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);

const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/;

/**
 * Whether another site's page could send this without a preflight (Fetch, "CORS-safelisted"): a
 * POST without a body or with the body of a form. What the browser says is our own page's could
 * not.
 */
export function skipsPreflight(facts: PreflightFacts): boolean {
  const { method, contentType, fetchSite, hasTokenHeader } = facts;
  if (method !== 'POST' || hasTokenHeader || fetchSite === 'same-origin') return false;
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return type === undefined || !MEDIA_TYPE.test(type) || FORM_TYPES.has(type);
}
