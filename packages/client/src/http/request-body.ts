/** A request body made ready once, so that every repetition sends the same bytes. */
export interface EncodedBody {
  /** To be merged into the options of `fetch`. */
  readonly init: { readonly body?: BodyInit; readonly duplex?: 'half' };
  readonly contentType?: string | null;
  /** False for a stream, which can be sent only once. */
  readonly repeatable: boolean;
}

/** What is JSON rather than something `fetch` knows how to send; strings are sent as they are. */
const JSON_TAG = / (Object|Array|Date|Number|Boolean|Null|BigInt)\]$/;

/**
 * Encodes a body: strings, forms, blobs and buffers go as `fetch` sends them, everything else as
 * JSON.
 *
 * A form is turned into bytes here because `fetch` would choose another multipart boundary for each
 * repetition, and the server would find other bytes under the same idempotency key.
 *
 * @throws TypeError when a value has no JSON form (a cycle, a bigint)
 */
export async function encodeBody(body: unknown): Promise<EncodedBody> {
  if (body === undefined) return { init: {}, repeatable: true };
  if (body instanceof ReadableStream) return { init: { body, duplex: 'half' }, repeatable: false };
  const isJson = JSON_TAG.test(Object.prototype.toString.call(body));
  const encoded = isJson ? Response.json(body) : new Response(body as BodyInit);
  const init = { body: await encoded.arrayBuffer() };
  return { init, contentType: encoded.headers.get('content-type'), repeatable: true };
}
