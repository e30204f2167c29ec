import type { Path, SessionValue } from './values.js';

/** A change to one path of a document; what a delta is made of. */
export type Operation =
  | { readonly kind: 'set'; readonly path: Path; readonly value: SessionValue }
  | { readonly kind: 'delete'; readonly path: Path }
  | {
      readonly kind: 'splice';
      readonly path: Path;
      readonly index: number;
      readonly deleteCount: number;
      readonly items: readonly SessionValue[];
    }
  /** Adds to a number, which is 0 when missing. Commutes, so parallel increments are never lost. */
  | { readonly kind: 'increment'; readonly path: Path; readonly by: number };
