import type { SameSite } from '../cookie/serialize-cookie.js';
import type { LoginOptions } from './login-options.js';
import type { Principal } from './principal.js';
import type { RecordingBag } from './recording-bag.js';
import type { UpdateOptions } from './update-options.js';

/** The id cookie as `session.cookie` shows it. One policy decides for all, but for the time. */
export interface SessionCookieInfo {
  readonly path: string;
  readonly domain: string | undefined;
  readonly httpOnly: true;
  readonly secure: boolean;
  readonly sameSite: SameSite;
  readonly partitioned: boolean;
  /**
   * Milliseconds until the session ends if nobody comes back. Set it to give this session an idle
   * timeout of its own, from 1 s to its absolute timeout, and cookies that outlive the browser; `null`
   * takes both back. Stored with the next change, by an empty session when it begins. Throws
   * `SessionUsageError` out of that range and after the headers have left.
   */
  get maxAge(): number;
  set maxAge(ms: number | null);
  /** The same as an instant. */
  get expires(): Date;
  set expires(instant: Date | false | null);
}

/** What {@link SessionCookieInfo} is made of. */
export interface SessionCookieFacts {
  readonly path: string;
  readonly domain: string | undefined;
  readonly httpOnly: true;
  readonly secure: boolean;
  readonly sameSite: SameSite;
  readonly partitioned: boolean;
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
  cookie(): SessionCookieFacts;
  /** Milliseconds since 1970. */
  now(): number;
  /** Undefined: as the module's options say. */
  setIdleTimeout(ms: number | undefined): void;
  principal(): Principal | null;
  /** Where the session is on the list of its principal; undefined when nobody is signed in. */
  place(): { readonly principal: string; readonly handle: string } | undefined;
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
  /** Throws `SessionUsageError` where sessions are in cookies, of which nobody sees the newest. */
  requireServer(what: string): void;
  update<Result>(
    change: (draft: object) => Result | Promise<Result>,
    options: UpdateOptions,
  ): Promise<Result>;
}
