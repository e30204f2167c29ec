import { type ServerResponse, validateHeaderValue } from 'node:http';

/*
 * A gate passes a response on when its handler has returned: what Node would throw then, nobody could
 * catch. So it is thrown where it is given (the failure prevented: one handler that answers a number
 * ends the process, and with it every session that has no copy).
 */

/** Throws what Node throws of a part of a body that it cannot write. */
export function checkPart(chunk: unknown): void {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return;
  if (chunk === null) throw coded(new TypeError('May not write null values to stream'), NULL);
  const message = `The "chunk" argument must be a string, a Buffer or a Uint8Array, and is of type ${typeof chunk}`;
  throw coded(new TypeError(message), ARGUMENT);
}

/** The same of the last part, which may be missing: whatever counts as false is none to Node. */
export function checkLastPart(chunk: unknown): void {
  if (chunk && typeof chunk !== 'function') checkPart(chunk);
}

/**
 * Throws what Node throws of a status or a reason that it cannot send. The reason is dropped by that,
 * or the answer that tells of the error could not be sent either.
 */
export function checkStatusLine(response: ServerResponse): void {
  const { statusCode } = response;
  if (!(statusCode >= 100 && statusCode <= 999)) {
    throw coded(new RangeError(`Invalid status code: ${statusCode}`), STATUS);
  }
  // Responses of HTTP/2 have none, and warn whoever asks.
  if (!Object.hasOwn(response, 'statusMessage') || !response.statusMessage) return;
  try {
    validateHeaderValue('statusMessage', response.statusMessage);
  } catch (error) {
    response.statusMessage = '';
    throw error;
  }
}

const NULL = 'ERR_STREAM_NULL_VALUES';
const ARGUMENT = 'ERR_INVALID_ARG_TYPE';
const STATUS = 'ERR_HTTP_INVALID_STATUS_CODE';

function coded(error: Error, code: string): Error {
  return Object.assign(error, { code });
}
