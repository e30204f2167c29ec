/** Left out by browsers, and written by proxies that pass on host and port (RFC 9110 §4.2). */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': ':80', 'https:': ':443' };

/**
 * Whether an origin names the host that a request was sent to. Schemes are not compared: behind a proxy
 * that ends TLS ours is not known. The host is taken as text, for what a client makes up may be read as
 * another one: `evil@shop.example`.
 */
export function isSameHost({ protocol, host }: URL, requested: string | undefined): boolean {
  return requested === host || requested === host + (DEFAULT_PORTS[protocol] ?? '');
}
