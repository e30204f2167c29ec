import type { NormalizedBinding } from '../options/binding.js';
import { BOUND_TRAITS, type BoundTrait } from './client-traits.js';

/** What the session remembers of its client; a trait that is missing was never seen. */
export type RememberedTraits = { readonly [Trait in BoundTrait]?: unknown };

export interface ClientChange {
  readonly trait: BoundTrait;
  readonly action: 'report' | 'reauthenticate' | 'reject';
}

/** What a request does to the binding of the session it came with. */
export interface ClientJudgement {
  /** Every trait that is another one than before. */
  readonly changes: readonly ClientChange[];
  /** Traits to remember from now on: new ones, and those whose change is put up with. */
  readonly remember: Readonly<Record<string, string>>;
}

/**
 * Compares a client with the one a session belongs to. A change that is put up with is remembered,
 * so that it is told once; a refused one is not, so that the session stays with its owner.
 */
export function judgeClient(
  binding: NormalizedBinding['binding'],
  remembered: RememberedTraits,
  presentTrait: (trait: BoundTrait) => string,
): ClientJudgement {
  const changes: ClientChange[] = [];
  const remember: Record<string, string> = {};
  for (const trait of BOUND_TRAITS) {
    const action = binding[trait];
    if (action === 'off') continue;
    const present = presentTrait(trait);
    const known = remembered[trait];
    if (known === present) continue;
    if (known !== undefined) changes.push({ trait, action });
    if (known === undefined || action !== 'reject') remember[trait] = present;
  }
  return { changes, remember };
}
