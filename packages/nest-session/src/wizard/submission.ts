import type { WizardCompletion, WizardDefinition, WizardFields } from './definition.js';
import { firstOpenStep, visibleAnswers } from './journey.js';
import type { WizardClaim, WizardResult, WizardState } from './state.js';

export type ClaimResult =
  /** Run `complete` with this, then `settle`. The state must be stored before. */
  | {
      readonly status: 'claimed';
      readonly state: WizardState;
      readonly completion: WizardCompletion;
    }
  /** It ran before; this is what it gave. */
  | { readonly status: 'done'; readonly state: WizardState; readonly outcome: WizardFields }
  /** Another submit is at it; wait for that, or until its claim does not count any more. */
  | { readonly status: 'running'; readonly state: WizardState; readonly claim: WizardClaim }
  | Exclude<WizardResult, { readonly status: 'changed' }>;

/** What a submit brings along. */
export interface SubmitWrite {
  readonly revision: number;
  readonly submission?: WizardFields | undefined;
  /** Under which this submit will run `complete`. */
  readonly claim?: WizardClaim | undefined;
  /** Whether the submit that made a claim may still run. Default: none does. */
  readonly isRunning?: ((claim: WizardClaim) => boolean) | undefined;
}

/**
 * Claims the wizard for its side effect: `open → submitting`.
 *
 * A wizard that is already `submitting` is left to the submit that runs. When none does, it is
 * claimed again with what was frozen then: its node may have died inside `complete`, and `complete`
 * is idempotent by the key. That is why a double click, a second tab and a failover all end in the
 * same outcome. A revision is asked only while it could hide an answer the user has not seen.
 */
export function submit(
  definition: WizardDefinition,
  state: WizardState,
  write: SubmitWrite,
): ClaimResult {
  const { claim, isRunning = () => false } = write;
  if (state.status === 'done') return { status: 'done', state, outcome: state.outcome ?? {} };
  if (state.status === 'submitting') {
    const other = state.claim;
    // Its own claim is seen by a submit whose commit was stored and then repeated.
    if (other && other.attempt !== claim?.attempt && isRunning(other)) {
      return { status: 'running', state, claim: other };
    }
    return claimed(definition, claim ? { ...state, claim } : state);
  }
  if (write.revision !== state.revision) return { status: 'conflict', state };
  const open = firstOpenStep(definition, state);
  if (open !== undefined) return { status: 'refused', reason: 'incomplete', state, step: open };
  return claimed(definition, {
    ...state,
    status: 'submitting',
    submission: write.submission ?? {},
    claim: claim ?? null,
    outcome: null,
    revision: state.revision + 1,
  });
}

/**
 * Stores the outcome: `→ done`. The answers have served and are dropped; what stays is a small
 * tombstone that answers every later submit. The first outcome stands. An outcome is a fact, so it
 * settles a wizard that a parallel submit saw refused, or that was edited since, as well.
 */
export function settle(state: WizardState, outcome: WizardFields): WizardState {
  if (state.status === 'done') return state;
  return {
    ...state,
    status: 'done',
    outcome,
    answers: {},
    drafts: {},
    stale: [],
    submission: null,
    claim: null,
    revision: state.revision + 1,
  };
}

/** `complete` refused and nothing happened: `submitting → failed`, answers kept for correction. */
export function fail(
  state: WizardState,
  failure: { readonly reason: string; readonly message: string },
): WizardState {
  if (state.status !== 'submitting') return state;
  const { reason, message } = failure;
  return {
    ...state,
    status: 'failed',
    outcome: { reason, message },
    submission: null,
    claim: null,
    revision: state.revision + 1,
  };
}

function claimed(definition: WizardDefinition, state: WizardState): ClaimResult {
  const answers = visibleAnswers(definition, state.answers);
  const submission = state.submission ?? {};
  return { status: 'claimed', state, completion: { key: state.instance, answers, submission } };
}
