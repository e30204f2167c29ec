import type { WatchedEnd } from '../watch/session-watches.js';

/** What is used of a WebSocket; one of `ws` fits. */
export interface SocketClient {
  on(event: 'message', listener: (data: unknown) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  close(code: number, reason: string): void;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
}

/** Codes of RFC 6455 §7.4.1 and its registry. */
export const CLOSE_CODES = { policy: 1008, tryAgainLater: 1013 } as const;

/** What a client reads when its session has ended. */
export const END_REASONS: Readonly<Record<WatchedEnd, string>> = {
  rotated: 'the session has another id now',
  expired: 'the session has expired',
  logout: 'the session was signed out',
  evicted: 'the session was ended by a login elsewhere',
  revoked: 'the session was revoked',
  lost: 'the session was lost',
};

export function isOpen({ readyState }: SocketClient): boolean {
  return readyState <= 1;
}
