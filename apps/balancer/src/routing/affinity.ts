/** Where in a value the label of a node stands, for applications that write it there. */
export interface LabelPlace {
  /** Default `.`. */
  readonly separator: string;
  /** Counted from 1, or from −1 at the end. Default −1: `JSESSIONID=….node1`. */
  readonly field: number;
}

/** How a value of the request becomes a node: it names one, or its hash does. */
export type ValueUse = 'suffix' | 'hash';

/** One thing that may tell where a request belongs. */
export type AffinityMethod =
  /** Understudy's own route cookie, else the placement of the session cookie. */
  | { readonly by: 'route' }
  /** A cookie of the balancer, for nodes that set none. */
  | { readonly by: 'cookie' }
  /** `learn`: a cookie of the balancer goes along with the application's and is bound to it. */
  | ({
      readonly by: 'appCookie';
      readonly name: string;
      readonly mode: ValueUse | 'learn';
    } & LabelPlace)
  | ({
      /** A header, or a parameter of the query or path (`;name=value`). */
      readonly by: 'header' | 'param';
      readonly name: string;
      readonly mode: ValueUse;
    } & LabelPlace)
  /** The client's address, hashed: IPv6 by its /64. */
  | { readonly by: 'clientIp' }
  /** The session id of TLS up to 1.2, hashed; later versions have none. */
  | { readonly by: 'tlsSession' };

export const DEFAULT_AFFINITY: readonly AffinityMethod[] = [{ by: 'route' }];

export const DEFAULT_LABEL_PLACE: LabelPlace = { separator: '.', field: -1 };

/** Whether the balancer sets a cookie of its own, and what it is bound to. */
export function ownCookieUse(
  affinity: readonly AffinityMethod[],
): { readonly boundTo: string | undefined } | undefined {
  for (const method of affinity) {
    if (method.by === 'cookie') return { boundTo: undefined };
    if (method.by === 'appCookie' && method.mode === 'learn') return { boundTo: method.name };
  }
  return undefined;
}

/** As it is told to people. */
export function describeMethod(method: AffinityMethod): string {
  return 'name' in method ? `${method.by} ${method.name} (${method.mode})` : method.by;
}
