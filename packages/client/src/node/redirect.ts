/** One request of a chain of redirects. */
export interface Hop {
  readonly url: string;
  readonly init: RequestInit;
}

/** Headers that describe a body; they go when it goes. */
const BODY_HEADERS = ['content-type', 'content-length', 'content-encoding', 'content-language'];

/** Headers that are nobody's business but the site's they were meant for. */
const PRIVATE_HEADERS = [
  'authorization',
  'cookie',
  'idempotency-key',
  'session-min-rev',
  'x-csrf-token',
];

/**
 * The request that follows a redirect (Fetch Standard, "HTTP-redirect fetch"), or `undefined` when
 * the response is not one.
 *
 * @throws TypeError for a redirect that cannot be followed: no http(s) target, or a stream that
 *   would have to be sent again
 */
export function nextHop(
  { url, init }: Hop,
  response: { readonly status: number; readonly location: string | null },
): Hop | undefined {
  const { status, location } = response;
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (!target || !/^https?:$/.test(target.protocol)) {
    throw new TypeError(`redirect from ${url} to an address that cannot be fetched`);
  }
  const headers = new Headers(init.headers);
  if (target.origin !== new URL(url).origin) {
    for (const name of PRIVATE_HEADERS) headers.delete(name);
  }
  const method = init.method ?? 'GET';
  const becomesGet =
    status === 303 ? !/^(GET|HEAD)$/.test(method) : status < 303 && method === 'POST';
  if (becomesGet) {
    for (const name of [...BODY_HEADERS, 'idempotency-key']) headers.delete(name);
    const { body: _, ...rest } = init;
    return { url: target.href, init: { ...rest, method: 'GET', headers } };
  }
  if (init.body instanceof ReadableStream) {
    throw new TypeError(`redirect from ${url} would have to send a stream again`);
  }
  return { url: target.href, init: { ...init, headers } };
}
