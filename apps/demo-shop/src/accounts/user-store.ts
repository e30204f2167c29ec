export interface User {
  /** Lower case; what people type to sign in. */
  readonly username: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
}

/** Where accounts live. Implementations must be safe to share between processes. */
export interface UserStore {
  find(username: string): Promise<User | undefined>;
  /** False when the username is taken; nothing was written then. */
  add(user: User, nowMs: number): Promise<boolean>;
}

/** Token of the process's user store. */
export const UserStore = Symbol('UserStore');
