import { IDEMPOTENCY_KEY_HEADER } from '../contract.js';
import { isField } from '../proxy/field-names.js';

const VALID_KEY = /^(?:"[\x21\x23-\x7e]{1,255}"|[\x21\x23-\x7e]{1,255})$/;

/**
 * Whether the headers carry exactly one valid `Idempotency-Key`: 1 to 255 visible ASCII characters,
 * quotes optional. Ask the headers as they are forwarded, not as they came: a client can name its
 * own key in `Connection`, and what the node never sees protects nothing.
 *
 * Source: draft-ietf-httpapi-idempotency-key-header.
 */
export function hasIdempotencyKey(headers: readonly string[]): boolean {
  let value: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (!isField(headers[i] as string, IDEMPOTENCY_KEY_HEADER)) continue;
    if (value !== undefined) return false;
    value = headers[i + 1];
  }
  return value !== undefined && VALID_KEY.test(value);
}
