import { SessionUsageError } from '../errors.js';
import type { SessionControl, SessionCookieInfo } from './session-control.js';

/**
 * `session.cookie`: shows the id cookie, and takes `maxAge` and `expires` as express-session's does.
 * Throws for everything else: a value that one policy decides for all would be dropped in silence.
 */
export function createSessionCookie(control: SessionControl): SessionCookieInfo {
  const shown: Record<string, unknown> = { ...control.cookie() };
  return new Proxy(shown, {
    set(_target, name, value: unknown) {
      control.setIdleTimeout(idleMsOf(String(name), value, control.now()));
      Object.assign(shown, control.cookie());
      return true;
    },
    deleteProperty: (_target, name) => refuse(String(name)),
    defineProperty: (_target, name) => refuse(String(name)),
  }) as unknown as SessionCookieInfo;
}

/** Undefined: no timeout of its own any more. */
function idleMsOf(name: string, value: unknown, nowMs: number): number | undefined {
  if (name !== 'maxAge' && name !== 'expires') return refuse(name);
  // What express-session takes for a cookie that ends with the browser.
  if (value === null || value === undefined || value === false) return undefined;
  if (name === 'expires' && value instanceof Date) return value.getTime() - nowMs;
  if (name === 'maxAge' && typeof value === 'number') return value;
  const expected = name === 'maxAge' ? 'milliseconds or null' : 'a Date or null';
  throw new SessionUsageError(`session.cookie.${name} expects ${expected}`);
}

function refuse(name: string): never {
  throw new SessionUsageError(
    `session.cookie.${name} cannot be set for one session: see the option cookie of SessionModule`,
  );
}
