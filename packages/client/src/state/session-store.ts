import type { Emitter } from './emitter.js';
import { INITIAL_STATE, patchState, type SessionState, type StatePatch } from './session-state.js';

/** Holds the snapshot and tells listeners when it is another one. */
export interface SessionStore<Principal> {
  readonly state: SessionState<Principal>;
  patch(patch: StatePatch<Principal>): void;
}

/** @param emitter told with `change` after the new snapshot is in place */
export function createSessionStore<Principal>(
  emitter: Emitter<{ change: SessionState<Principal> }>,
): SessionStore<Principal> {
  let state: SessionState<Principal> = INITIAL_STATE;
  return {
    get state() {
      return state;
    },
    patch(patch) {
      const next = patchState(state, patch);
      if (next === state) return;
      state = next;
      emitter.emit('change', state);
    },
  };
}
