import type { WriteOptions } from './write-record.js';

export type CommitOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'stored' }
  /** The journal held the key already: nothing was applied, this was the outcome then. */
  | { readonly kind: 'replayed'; readonly outcome: Uint8Array };

export interface CommitOptions extends WriteOptions {
  /** The client can be given another id: a session whose id is old gets one. */
  readonly renew?: boolean | undefined;
}
