import type { UpstreamRequest } from './upstream.js';

/** How the body of a request is marked off. */
export type RequestFraming = 'none' | 'as-is' | 'chunked';

/**
 * The head of a request as it goes on the wire. The fields are the caller's, untouched; only what
 * concerns this connection is added. Their text comes from a parser that admits no line ends, which
 * is why it can be joined without another look.
 */
export function renderRequestHead(request: UpstreamRequest): {
  readonly text: string;
  readonly framing: RequestFraming;
} {
  const { method, path, headers, body, upgrade } = request;
  let text = `${method} ${path} HTTP/1.1\r\n`;
  let hasLength = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 14 && name.toLowerCase() === 'content-length') hasLength = true;
    text += `${name}: ${headers[i + 1]}\r\n`;
  }
  if (upgrade !== undefined) text += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  if (body === undefined) return { text: `${text}\r\n`, framing: 'none' };
  if (hasLength) return { text: `${text}\r\n`, framing: 'as-is' };
  if (Buffer.isBuffer(body)) {
    return { text: `${text}Content-Length: ${body.length}\r\n\r\n`, framing: 'as-is' };
  }
  return { text: `${text}Transfer-Encoding: chunked\r\n\r\n`, framing: 'chunked' };
}
