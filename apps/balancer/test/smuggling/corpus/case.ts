/** One sequence of bytes a client may send, and what has to become of it. */
export interface SmugglingCase {
  readonly name: string;
  /** One character a byte. */
  readonly bytes: string;
  /** Close our direction behind the bytes, for requests that are cut off. */
  readonly endsEarly?: boolean;
  /** Of the refusal; 400 unless said. */
  readonly status?: number;
}

/** What a node has to receive of a request that is well-formed, however odd it looks. */
export interface CompliantCase {
  readonly name: string;
  readonly bytes: string;
  /** `METHOD path body` of every request, in order. */
  readonly seen: readonly string[];
}

export const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** Would reach a node if the balancer took it for a request of its own. */
export const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';

export function get(fields: string, target = '/'): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;
}

export function post(fields: string, body: string): string {
  return `POST /x HTTP/1.1\r\nHost: x\r\n${fields}\r\n${body}`;
}

export function chunked(body: string): string {
  return post(CHUNKED, body);
}
