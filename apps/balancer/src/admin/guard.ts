/** The parts of a request that tell whether a web page of somebody else's may be behind it. */
export interface GuardedRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
  readonly requestedWith: string | undefined;
}

/**
 * Why a request to the admin port is refused; undefined when it is not.
 *
 * On loopback the port asks for no token: who can reach it may use it. A browser can be made to reach
 * it by any page its user visits, so two things are required that such a page cannot arrange: a `Host` that
 * no foreign DNS name can have (rebinding), and for changes a header that only same-origin scripts
 * may send without being asked first (cross-site request forgery).
 */
export function refusalOf(request: GuardedRequest, ownHost: string): string | undefined {
  if (!isOwnHost(request.host, ownHost)) return 'Host must be an address or the configured name';
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (request.origin !== undefined && request.origin !== `http://${request.host}`) {
    return 'Origin is another site';
  }
  const isJson = /^application\/json\s*(?:;|$)/i.test(request.contentType ?? '');
  if (isJson || request.requestedWith !== undefined) return undefined;
  return 'X-Requested-With or Content-Type: application/json is required';
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;

function isOwnHost(host: string | undefined, ownHost: string): boolean {
  const name = host?.replace(/:\d+$/, '').toLowerCase();
  if (name === undefined) return false;
  return name === 'localhost' || name === ownHost.toLowerCase() || ADDRESS.test(name);
}
