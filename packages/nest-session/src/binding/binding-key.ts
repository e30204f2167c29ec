/** Where the traits of a session's client lie in the system area of its record. */
export const BINDING_KEY = 'binding';

/** There when the last login counts as too long ago, because the client became another one. */
export const STALE_LOGIN_KEY = 'staleLogin';
