import type { SameSite } from '../cookie/serialize-cookie.js';
import type { LoginOptions } from './login-options.js';
import type { Principal } from './principal.js';
import type { RecordingBag } from './recording-bag.js';

/** The id cookie as `session.cookie` shows it; read-only, because one policy decides for all. */
export interface SessionCookieInfo {
  readonly path: string;
  readonly domain: string | undefined;
  readonly httpOnly: true;
  readonly secure: boolean;
  readonly sameSite: SameSite;
  /** Milliseconds until the session ends if nobody comes back. */
  readonly maxAge: number;
  readonly expires: Date;
}

/** What the application's handle needs of the request it belongs to. */
export interface SessionControl {
  /** The data to read. Throws `SessionEndedError` once the session was ended here. */
  readable(): RecordingBag;
  /** The data to write. Throws in addition when the write could not reach the client any more. */
  writable(): RecordingBag;
  /** SHA-256 of the session id; mints one when there is none, which stores nothing. */
  key(): string;
  cookie(): SessionCookieInfo;
  principal(): Principal | null;
  csrfToken(): string;
  save(): Promise<void>;
  reload(): Promise<void>;
  touch(): void;
  regenerate(): void;
  /** Gives the request a new handle; the present one keeps what it shows, for reading. */
  replaceHandle(): void;
  destroy(reason: string): Promise<void>;
  login(principal: Principal, options: LoginOptions): void;
  rotate(): void;
  update<Result>(change: (draft: object) => Result | Promise<Result>): Promise<Result>;
}
