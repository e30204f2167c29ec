import { oneOf } from './one-of.js';

/**
 * What happens when a request changed a session that another one changed since it was read.
 * `merge`: both changes stand, path by path. `reject`: the later one is answered 409
 * `session-conflict` and stores nothing.
 */
export type OnConflict = 'merge' | 'reject';

export interface NormalizedOnConflict {
  readonly onConflict: OnConflict;
}

/** `where` is the option or decorator that names it. Throws `SessionOptionError`. */
export function checkOnConflict(where: string, value: unknown): OnConflict {
  return oneOf(where, value, ['merge', 'reject']);
}

export function normalizeOnConflict(option: OnConflict | undefined): NormalizedOnConflict {
  return { onConflict: checkOnConflict('onConflict', option ?? 'merge') };
}
