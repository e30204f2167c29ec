import { GATE, type GatedResponse } from './gated-prototype.js';

/**
 * Settles a response that is a stream and whose client leaves before it has begun: nobody would write or
 * end it any more (the failure prevented: a download that was cancelled keeps the lock of its session for
 * 30 s and its idempotency key for 60 s, and what its handler changed is lost). Of any other response the
 * handler is still at work and ends it in time.
 *
 * These are the same functions for all responses, which have no room for their own.
 */
export function settleWhenGivenUp(response: GatedResponse): void {
  response.on('pipe', noteStream);
}

function noteStream(this: GatedResponse): void {
  // Closed while the handler was at work: it will not be told again.
  if (this.destroyed) giveUp.call(this);
  else this.once('close', giveUp);
}

function giveUp(this: GatedResponse): void {
  this[GATE]?.giveUp();
}
