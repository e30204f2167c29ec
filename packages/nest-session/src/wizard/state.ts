import type { WizardAnswers, WizardFields } from './definition.js';

/**
 * `open` takes answers. `submitting` is claimed: `complete` runs, or ran on a node that died.
 * `done` is final and answers its outcome for ever. `failed`: `complete` refused, nothing
 * happened; an answer or another submit opens it again.
 */
export type WizardStatus = 'open' | 'submitting' | 'done' | 'failed';

/** Which submit runs `complete`, and until when other nodes believe that it does. */
export interface WizardClaim {
  /** The process it runs in. */
  readonly by: string;
  readonly attempt: string;
  /** In ms since 1970; renewed while it runs. */
  readonly untilMs: number;
}

/** The keyed write that made the present revision, by which its repetition is known. */
export interface WizardLastWrite {
  readonly kind: 'draft' | 'next' | 'invalid' | 'back' | 'goto';
  readonly step: string;
  /** The one it was based on. */
  readonly revision: number;
  /** Digest of its `Idempotency-Key`; a write without one is never taken for a repetition. */
  readonly request: string | undefined;
}

/** One run through a wizard. Plain data: it lives in `session.wizards[instance]`. */
export interface WizardState {
  readonly instance: string;
  /** `id` of the definition. */
  readonly wizard: string;
  /** `version` of the definition the answers were validated by. */
  readonly version: number;
  readonly startedAtMs: number;
  /** When the last change was stored; absent in instances from before there were time limits. */
  readonly changedAtMs?: number | undefined;
  /** Where the user is; where a resumed wizard goes on. */
  readonly step: string;
  /** Rises with every change; a write must name the one it saw. */
  readonly revision: number;
  readonly last?: WizardLastWrite | undefined;
  /** Validated, without volatile fields. */
  readonly answers: WizardAnswers;
  /** What was typed and is not valid yet, or was not sent yet; never trusted. */
  readonly drafts: WizardAnswers;
  /** Answered steps whose `dependsOn` changed since. */
  readonly stale: readonly string[];
  readonly status: WizardStatus;
  /** What `complete` gets besides the answers; frozen when the wizard was claimed. */
  readonly submission: WizardFields | null;
  /** While `submitting`; null or absent when nobody is at it, and any submit may go on. */
  readonly claim?: WizardClaim | null | undefined;
  /** Of `complete` when `done`; `{ reason, message }` when `failed`. */
  readonly outcome: WizardFields | null;
}

/** All instances of one session, by instance. */
export type WizardBag = Readonly<Record<string, WizardState>>;

/** Why a write was not taken; the state beside it is the current one. */
export type WizardRefusal =
  /** The definition has no such step, or it is not part of this journey. */
  | 'unknown-step'
  /** An earlier step is unanswered. */
  | 'not-reachable'
  /** Submitted; answers are no longer taken. */
  | 'submitted'
  /** Submit: a step is unanswered or stale. */
  | 'incomplete'
  /** The answers exceed `maxBytes`. */
  | 'too-large';

/** What became of a write to an instance. */
export type WizardResult =
  | { readonly status: 'changed'; readonly state: WizardState }
  /** The write named an old revision: nothing changed, `state` is what it is now. */
  | { readonly status: 'conflict'; readonly state: WizardState }
  | {
      readonly status: 'refused';
      readonly reason: WizardRefusal;
      readonly state: WizardState;
      /** The step to go to instead, where there is one. */
      readonly step?: string | undefined;
      /** Submit: it runs at another node; ask again then. */
      readonly retryAfterMs?: number | undefined;
    };
