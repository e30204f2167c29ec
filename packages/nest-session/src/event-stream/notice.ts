import { EXPIRING_NOTICE_MS } from '../limits.js';

/** How long before its end something that lives for `spanMs` is told to be about to be over. */
export function noticeMs(spanMs: number): number {
  return Math.min(EXPIRING_NOTICE_MS, spanMs / 4);
}
