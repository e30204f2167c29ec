import { SessionOptionError } from '../errors.js';
import { type Duration, durationOption, MINUTE_MS } from '../options/duration.js';

/** What `@SessionLock()` takes. */
export interface SessionLockOptions {
  /** Routes with the same name exclude each other, 1 to 64 characters. Default `session`. */
  readonly name?: string | undefined;
  /**
   * The lock is free after this in any case, 1s to 60s: a handler that takes longer may find that
   * somebody else had it. Default `30s`.
   */
  readonly lease?: Duration | undefined;
  /** How long a request waits for its turn, 0s to 30s. Default `5s`. */
  readonly wait?: Duration | undefined;
}

/** The options with every choice made. */
export interface LockRule {
  readonly name: string;
  readonly leaseMs: number;
  readonly waitMs: number;
}

const MAX_NAME_CHARACTERS = 64;

/** Throws `SessionOptionError`. */
export function lockRule({ name = 'session', lease, wait }: SessionLockOptions): LockRule {
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_CHARACTERS) {
    const expected = `text of 1 to ${MAX_NAME_CHARACTERS} characters`;
    throw new SessionOptionError('@SessionLock name', name, expected);
  }
  return {
    name,
    leaseMs: durationOption('@SessionLock lease', lease, MINUTE_MS / 2, {
      min: 1000,
      max: MINUTE_MS,
    }),
    waitMs: durationOption('@SessionLock wait', wait, 5000, { min: 0, max: MINUTE_MS / 2 }),
  };
}
