import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Fastify's, as far as it is used. */
interface ReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): OutgoingHttpHeaders;
}

/** The response of a framework: Express's is Node's own. */
export type AnyResponse = ServerResponse | ReplyLike;

/** Node's response, with what was set on Fastify's so far; that sends nothing from here on. */
export function nodeResponse(response: AnyResponse): ServerResponse {
  if (!('raw' in response)) return response;
  const { raw } = response;
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  response.hijack();
  return raw;
}
