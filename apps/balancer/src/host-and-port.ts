/** As it stands in a URL, and in the configuration of proxies: IPv6 in brackets (RFC 3986 §3.2.2). */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
