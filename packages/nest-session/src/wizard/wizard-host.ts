import type { UpdateOptions } from '../session/update-options.js';
import type { WizardFields } from './definition.js';
import type { WizardBag, WizardResult, WizardState } from './state.js';
import type { WizardIssue } from './validate-step.js';

/** The part of a session a wizard lives in. */
export interface WizardData {
  wizards?: WizardBag | undefined;
}

/** What a runner needs of a session; `Session<Data>` has it when `Data` has `wizards`. */
export interface WizardHost<Data extends WizardData> {
  readonly wizards?: WizardBag | undefined;
  /**
   * Applies `change` to the newest data, again when another request was faster, and commits: with
   * as many copies as `durability` says, or the host, which may know of none.
   */
  update<Result>(
    change: (draft: Data) => Result | Promise<Result>,
    options?: UpdateOptions,
  ): Promise<Result>;
  /** Looks at the newest data; a host that always shows them needs none. */
  reload?(): Promise<void>;
}

/** There is no such instance in this session. */
export interface WizardMissing {
  readonly status: 'missing';
}

/** What became of a write to an instance that may not be there. */
export type WizardWriteResult = WizardResult | WizardMissing;

/** What became of the answers to a step. */
export type WizardStepResult =
  | WizardWriteResult
  /** What was typed is kept as a draft. */
  | {
      readonly status: 'invalid';
      readonly state: WizardState;
      readonly issues: readonly WizardIssue[];
    };

/** What became of a submission. */
export type WizardSubmitResult<Outcome extends WizardFields> =
  | { readonly status: 'done'; readonly state: WizardState; readonly outcome: Outcome }
  /** Nothing happened; the user may correct something and submit again. */
  | {
      readonly status: 'rejected';
      readonly state: WizardState;
      readonly reason: string;
      readonly message: string;
    }
  | Exclude<WizardResult, { readonly status: 'changed' }>
  | WizardMissing;

/** How a submit ties the wizard to the rest of the session. */
export interface WizardSubmission<
  Data,
  Outcome extends WizardFields,
  Submission extends WizardFields,
> {
  /** The newest revision the user has seen. */
  readonly revision: number;
  /** In place of the definition's `freeze`, with the type of this session. */
  readonly freeze?: ((draft: Data, state: WizardState) => Submission) | undefined;
  /** In place of the definition's `settled`. */
  readonly settled?: ((draft: Data, outcome: Outcome) => void) | undefined;
}
