/** A request body made ready once, so that every repetition sends the same bytes. */
export interface EncodedBody {
  /** To be merged into the options of `fetch`. */
  readonly init: { readonly body?: BodyInit; readonly duplex?: 'half' };
  readonly contentType?: string | null;
  /** False for a stream, which can be sent only once. */
  readonly repeatable: boolean;
}

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
  if (!isBodyInit(body)) {
    const init = { body: JSON.stringify(body) };
    return { init, contentType: 'application/json', repeatable: true };
  }
  const encoded = new Response(body);
  const init = { body: await encoded.arrayBuffer() };
  return { init, contentType: encoded.headers.get('content-type'), repeatable: true };
}

function isBodyInit(body: unknown): body is BodyInit {
  return (
    typeof body === 'string' ||
    ArrayBuffer.isView(body) ||
    [FormData, URLSearchParams, Blob, ArrayBuffer].some((type) => body instanceof type)
  );
}
