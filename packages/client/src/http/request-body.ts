/** What is JSON rather than something `fetch` knows how to send; strings are sent as they are. */
const JSON_TAG = / (Object|Array|Null|Number|Boolean)\]/;

/**
 * Encodes a body, once, so that every repetition sends the same bytes: strings, forms, blobs and
 * buffers become what `fetch` would send, everything else JSON.
 *
 * Left to `fetch`, a form would get another multipart boundary with each repetition, and the server
 * would find other bytes under the same idempotency key.
 *
 * @returns the bytes and their content type
 * @throws TypeError when a value has no JSON form (a cycle, a bigint)
 */
export async function encodeBody(
  body: unknown,
): Promise<
  readonly [content: ArrayBuffer | ReadableStream | undefined, contentType?: string | null]
> {
  if (body === undefined || body instanceof ReadableStream) return [body];
  const isJson = JSON_TAG.test({}.toString.call(body));
  const encoded = isJson ? Response.json(body) : new Response(body as BodyInit);
  return [await encoded.arrayBuffer(), encoded.headers.get('content-type')];
}
