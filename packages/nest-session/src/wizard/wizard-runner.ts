import { randomBytes } from 'node:crypto';
import { dropExpired, dropInstance, findInstance, newestOpenInstance, putInstance } from './bag.js';
import { type CancelResult, cancel } from './cancellation.js';
import type { WizardDefinition, WizardFields } from './definition.js';
import { WizardRejectedError } from './errors.js';
import type { WizardBag, WizardResult, WizardState } from './state.js';
import { type ClaimResult, fail, settle, submit } from './submission.js';
import { back, draft, goto, start, submitStep } from './transitions.js';
import { validateStep, type WizardIssue } from './validate-step.js';

/** The part of a session a wizard lives in. */
export interface WizardData {
  wizards?: WizardBag | undefined;
}

/** What a runner needs of a session; `Session<Data>` has it when `Data` has `wizards`. */
export interface WizardHost<Data extends WizardData> {
  readonly wizards?: WizardBag | undefined;
  /** Applies `change` to the newest data, again when another request was faster, and commits. */
  update<Result>(change: (draft: Data) => Result | Promise<Result>): Promise<Result>;
}

/** There is no such instance in this session. */
export interface WizardMissing {
  readonly status: 'missing';
}

export type WizardWriteResult = WizardResult | WizardMissing;

export type WizardStepResult =
  | WizardWriteResult
  /** What was typed is kept as a draft. */
  | {
      readonly status: 'invalid';
      readonly state: WizardState;
      readonly issues: readonly WizardIssue[];
    };

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

/**
 * Drives one wizard in one session: every write is an atomic change of the session, so two tabs,
 * two nodes and a failover see one order of events. Make one for each request.
 */
export class WizardRunner<
  Data extends WizardData,
  Outcome extends WizardFields,
  Submission extends WizardFields,
> {
  constructor(
    readonly definition: WizardDefinition<Outcome, Submission>,
    private readonly host: WizardHost<Data>,
    private readonly nowMs: () => number = Date.now,
    private readonly newInstance: () => string = () => randomBytes(16).toString('base64url'),
  ) {}

  find(instance: string): WizardState | undefined {
    return this.#find(this.host, instance);
  }

  newestOpen(): WizardState | undefined {
    return newestOpenInstance(this.host.wizards, this.definition, this.nowMs());
  }

  async start(): Promise<WizardState> {
    const state = start(this.definition, { instance: this.newInstance(), nowMs: this.nowMs() });
    await this.host.update((data) => {
      this.#put(data, state);
    });
    return state;
  }

  /** Keeps what was typed without validating it. */
  draft(
    instance: string,
    write: { readonly revision: number; readonly step: string; readonly fields: WizardFields },
  ): Promise<WizardWriteResult> {
    return this.#write(instance, (state) => draft(this.definition, state, write));
  }

  /** Validates a step and goes on, or keeps what was typed and says what is wrong with it. */
  async submitStep(
    instance: string,
    write: { readonly revision: number; readonly step: string; readonly fields: WizardFields },
  ): Promise<WizardStepResult> {
    const { revision, step } = write;
    const validation = await validateStep(this.definition, step, write.fields);
    const result = await this.#write(instance, (state) =>
      submitStep(this.definition, state, { revision, step, validation }),
    );
    if (result.status !== 'changed' || validation.status === 'valid') return result;
    return { status: 'invalid', state: result.state, issues: validation.issues };
  }

  back(
    instance: string,
    write: {
      readonly revision: number;
      readonly step: string;
      readonly fields?: WizardFields | undefined;
    },
  ): Promise<WizardWriteResult> {
    return this.#write(instance, (state) => back(this.definition, state, write));
  }

  goto(
    instance: string,
    write: { readonly revision: number; readonly step: string },
  ): Promise<WizardWriteResult> {
    return this.#write(instance, (state) => goto(this.definition, state, write));
  }

  /** Throws the instance away with all that was typed; not once it was submitted. */
  cancel(
    instance: string,
    write: { readonly revision: number },
  ): Promise<CancelResult | WizardMissing> {
    return this.host.update((data) => {
      const state = this.#find(data, instance);
      if (state === undefined) return { status: 'missing' };
      const result = cancel(state, write);
      if (result.status === 'cancelled') data.wizards = dropInstance(data.wizards, instance);
      return result;
    });
  }

  /**
   * Claims the wizard, runs its side effect once the claim is stored, and stores the outcome. When
   * the node dies in between, the next submit on any node does the same again with the same key.
   *
   * @throws whatever `complete` throws besides `WizardRejectedError`; the wizard stays claimed then.
   */
  async submit(
    instance: string,
    submission: WizardSubmission<Data, Outcome, Submission>,
  ): Promise<WizardSubmitResult<Outcome>> {
    const claim = await this.#claim(instance, submission);
    if (claim.status === 'done') return { ...claim, outcome: claim.outcome as Outcome };
    if (claim.status !== 'claimed') return claim;
    try {
      const outcome = await this.definition.complete({
        ...claim.completion,
        submission: claim.completion.submission as Submission,
      });
      return await this.#settle(instance, outcome, submission);
    } catch (error) {
      if (!(error instanceof WizardRejectedError)) throw error;
      return this.#fail(instance, error);
    }
  }

  #claim(
    instance: string,
    { revision, freeze = this.definition.freeze }: WizardSubmission<Data, Outcome, Submission>,
  ): Promise<ClaimResult | WizardSubmitResult<Outcome>> {
    return this.host.update((data) => {
      const state = this.#find(data, instance);
      if (state === undefined) return { status: 'missing' };
      try {
        const frozen = isSubmittable(state) ? freeze?.(data, state) : undefined;
        const claim = submit(this.definition, state, { revision, submission: frozen });
        if (claim.status === 'claimed') this.#put(data, claim.state);
        return claim;
      } catch (error) {
        if (!(error instanceof WizardRejectedError)) throw error;
        return { status: 'rejected', state, reason: error.reason, message: error.message };
      }
    });
  }

  #settle(
    instance: string,
    outcome: Outcome,
    { settled = this.definition.settled }: WizardSubmission<Data, Outcome, Submission>,
  ): Promise<WizardSubmitResult<Outcome>> {
    return this.host.update((data) => {
      const state = this.#find(data, instance);
      if (state === undefined) return { status: 'missing' };
      const next = settle(state, outcome);
      // A parallel submit may have settled it: then its outcome stands and nothing is done twice.
      if (next !== state) {
        this.#put(data, next);
        settled?.(data, outcome);
      }
      return { status: 'done', state: next, outcome: next.outcome as Outcome };
    });
  }

  #fail(instance: string, error: WizardRejectedError): Promise<WizardSubmitResult<Outcome>> {
    const { reason, message } = error;
    return this.host.update((data) => {
      const state = this.#find(data, instance);
      if (state === undefined) return { status: 'missing' };
      if (state.status === 'done') {
        return { status: 'done', state, outcome: state.outcome as Outcome };
      }
      const next = fail(state, { reason, message });
      if (next !== state) this.#put(data, next);
      return { status: 'rejected', state: next, reason, message };
    });
  }

  #write(
    instance: string,
    transition: (state: WizardState) => WizardResult,
  ): Promise<WizardWriteResult> {
    return this.host.update((data) => {
      const state = this.#find(data, instance);
      if (state === undefined) return { status: 'missing' };
      const result = transition(state);
      if (result.status !== 'changed') return result;
      return { ...result, state: this.#put(data, result.state) };
    });
  }

  #find({ wizards }: WizardData, instance: string): WizardState | undefined {
    return findInstance(wizards, this.definition, instance, this.nowMs());
  }

  /** Stamped where it is stored: the machine knows no time. */
  #put(data: Data, state: WizardState): WizardState {
    const nowMs = this.nowMs();
    const stamped = { ...state, changedAtMs: nowMs };
    data.wizards = putInstance(dropExpired(data.wizards, this.definition, nowMs), stamped);
    return stamped;
  }
}

function isSubmittable({ status }: WizardState): boolean {
  return status === 'open' || status === 'failed';
}
