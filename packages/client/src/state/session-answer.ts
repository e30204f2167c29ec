/** Body of `GET /session` (docs/http.md); also what a server may embed in a page for `hydrate`. */
export interface SessionAnswer<Principal = unknown> {
  readonly authenticated: boolean;
  readonly principal?: Principal | null;
  /** ISO instant of the server's clock. */
  readonly expiresAt?: string | null;
  readonly csrfToken?: string | null;
  /** `epoch.seq`; absent or null when there is no session. */
  readonly revision?: string | null;
}

/**
 * Reads an answer of `GET /session`. A captive portal or a proxy's page is answered with `200` as
 * well, and must not sign anybody out.
 *
 * @throws SyntaxError when it is something else
 */
export async function readSessionAnswer(response: Response): Promise<SessionAnswer<never>> {
  const answer = await response.json();
  if (typeof answer?.authenticated !== 'boolean') throw new SyntaxError('no session');
  return answer;
}
