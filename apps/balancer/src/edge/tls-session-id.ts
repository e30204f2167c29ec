/**
 * The id of a TLS session in lower-case hex; undefined when it has none: since TLS 1.3, and with
 * tickets, the client shows none again. Everything else in a session is secret and is not looked at.
 *
 * `session` is what `TLSSocket.getSession()` gives, OpenSSL's SSL_SESSION in DER: a sequence of
 * version, TLS version, cipher, session id (a string of octets), master secret …
 */
export function tlsSessionId(session: Buffer | undefined): string | undefined {
  const INTEGER = 0x02;
  const OCTETS = 0x04;
  if (session === undefined || session[0] !== 0x30) return undefined;
  // One byte of length, or how many bytes the length takes.
  const first = session[1] ?? 0;
  let at = 2 + (first >= 0x80 ? first & 0x7f : 0);
  for (const tag of [INTEGER, INTEGER, OCTETS]) {
    if (session[at] !== tag) return undefined;
    at += 2 + (session[at + 1] ?? 0);
  }
  const length = session[at + 1] ?? 0;
  if (session[at] !== OCTETS || length === 0 || length > 32) return undefined;
  return session.toString('hex', at + 2, at + 2 + length);
}
