import { oneOf } from './one-of.js';

/** What extends the idle time of a session: every request, or one that looks at the session. */
export type SessionTouch = 'on-request' | 'on-access';

export interface NormalizedTouch {
  readonly touch: SessionTouch;
}

/** Throws `SessionOptionError`. */
export function normalizeTouch(option: SessionTouch | undefined): NormalizedTouch {
  return { touch: oneOf('touch', option ?? 'on-request', ['on-request', 'on-access']) };
}
