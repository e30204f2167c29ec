import type { WizardRefusal, WizardState } from './state.js';

/** What became of throwing an instance away. */
export type CancelResult =
  /** The instance and all that was typed are gone. */
  | { readonly status: 'cancelled' }
  /** Another write was faster; look before throwing it away. */
  | { readonly status: 'conflict'; readonly state: WizardState }
  | { readonly status: 'refused'; readonly reason: WizardRefusal; readonly state: WizardState };

/** Whether an instance may be thrown away: not once its side effect has begun. */
export function cancel(state: WizardState, write: { readonly revision: number }): CancelResult {
  if (state.status === 'submitting' || state.status === 'done') {
    return { status: 'refused', reason: 'submitted', state };
  }
  if (write.revision !== state.revision) return { status: 'conflict', state };
  return { status: 'cancelled' };
}
