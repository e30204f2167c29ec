/** A request body made ready once, so that every repetition sends the same bytes. */
export interface EncodedBody {
  readonly content: BodyInit | undefined;
  readonly contentType: string | undefined;
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
  if (body === undefined) return { content: undefined, contentType: undefined, repeatable: true };
  if (body instanceof ReadableStream) {
    return { content: body, contentType: undefined, repeatable: false };
  }
  if (!isBodyInit(body)) {
    return { content: JSON.stringify(body), contentType: 'application/json', repeatable: true };
  }
  const encoded = new Response(body);
  const contentType = encoded.headers.get('content-type') ?? undefined;
  return { content: await encoded.arrayBuffer(), contentType, repeatable: true };
}

function isBodyInit(body: unknown): body is BodyInit {
  return (
    typeof body === 'string' ||
    body instanceof FormData ||
    body instanceof URLSearchParams ||
    body instanceof Blob ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  );
}
