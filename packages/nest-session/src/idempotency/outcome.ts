import { createHash } from 'node:crypto';
import { RESPONSE_HEADERS } from '../http/contract.js';
import type { Replacement, ResponseDraft } from '../http/settlement.js';
import { MAX_OUTCOME_BYTES } from '../limits.js';

/** What the journal keeps of a response. Never cookies. */
interface Outcome {
  readonly status: number;
  readonly location?: string | undefined;
  /** These describe the body and go with it. */
  readonly type?: string | undefined;
  readonly encoding?: string | undefined;
  readonly language?: string | undefined;
  /** The body as text, or base64 with `binary`. Absent when it did not fit. */
  readonly body?: string | undefined;
  readonly binary?: true | undefined;
  /** Whose answer it was: of the principal that was signed in when it left, by digest. Absent: nobody's. */
  readonly of?: string | undefined;
}

/**
 * Refusals are not outcomes: the client is meant to change something (sign in, fetch a token, wait)
 * and send the same key again. Nor is a failure of the server.
 */
const NOT_REMEMBERED: ReadonlySet<number> = new Set([401, 403, 408, 421, 425, 429]);

export function isRemembered(status: number): boolean {
  return status >= 200 && status < 500 && !NOT_REMEMBERED.has(status);
}

/**
 * Encodes an outcome for the journal; `complete` is false when its body was left out.
 *
 * @param principal Id of whoever was signed in when the response left.
 */
export function encodeOutcome(
  draft: ResponseDraft,
  principal?: string,
): { readonly bytes: Uint8Array; readonly complete: boolean } {
  const of = principal === undefined ? undefined : digestOf(principal);
  const head = { status: draft.status, location: draft.header('location'), of };
  if (draft.body !== undefined && draft.body.length <= MAX_OUTCOME_BYTES) {
    const entity = {
      type: draft.header('content-type'),
      // Compressed bytes under the type alone would be taken for a broken document.
      encoding: draft.header('content-encoding'),
      language: draft.header('content-language'),
    };
    const bytes = encode({ ...head, ...entity, ...encodeBody(draft.body) });
    if (bytes.length <= MAX_OUTCOME_BYTES) return { bytes, complete: true };
  }
  // Without its type: no bytes at all are no JSON, and a client would fail to parse them.
  return { bytes: encode(head), complete: false };
}

/**
 * Whether an outcome may be given to whoever is signed in now: what was somebody's is nobody else's. What an
 * anonymous visitor was answered goes with the session, whoever signs in to it.
 */
export function isOutcomeOf(bytes: Uint8Array, principal: string | undefined): boolean {
  const { of } = decode(bytes);
  return of === undefined || (principal !== undefined && of === digestOf(principal));
}

/** The response that gives a remembered outcome again. */
export function replayOutcome(bytes: Uint8Array): Replacement {
  const outcome = decode(bytes);
  const { status, body = '', type, encoding, language, location } = outcome;
  return {
    status,
    headers: {
      ...(type === undefined ? {} : { 'Content-Type': type }),
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
      ...(language === undefined ? {} : { 'Content-Language': language }),
      ...(location === undefined ? {} : { Location: location }),
      [RESPONSE_HEADERS.idempotentReplayed]: 'true',
    },
    body: outcome.binary ? Buffer.from(body, 'base64') : body,
  };
}

function encodeBody(body: string | Uint8Array): Pick<Outcome, 'body' | 'binary'> {
  if (typeof body === 'string') return { body };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? { body: text }
    : { body: bytes.toString('base64'), binary: true };
}

function decode(bytes: Uint8Array): Outcome {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Outcome;
}

function digestOf(principal: string): string {
  return createHash('sha256').update(principal).digest('base64url').slice(0, 22);
}

function encode(outcome: Outcome): Uint8Array {
  return Buffer.from(JSON.stringify(outcome));
}
