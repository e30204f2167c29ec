import { randomBytes } from 'node:crypto';
import { attemptsOf, type WizardAttempts } from './attempts.js';
import { dropInstance, newestOpenInstance } from './bag.js';
import { type CancelResult, cancel } from './cancellation.js';
import { checkTyped, typedOf } from './check-typed.js';
import type { WizardDefinition, WizardFields } from './definition.js';
import type { WizardResult, WizardState } from './state.js';
import { WizardSubmitter } from './submitter.js';
import { back, draft, goto, start, submitStep } from './transitions.js';
import { validateStep, withoutVolatile } from './validate-step.js';
import type {
  WizardData,
  WizardHost,
  WizardMissing,
  WizardStepResult,
  WizardSubmission,
  WizardSubmitResult,
  WizardWriteResult,
} from './wizard-host.js';
import { WizardStorage } from './wizard-storage.js';

/** What a runner knows of where it is; its defaults are good for one of its own. */
export interface WizardContext {
  /** The submits of this process. Default: shared by all runners of the definition. */
  readonly attempts?: WizardAttempts | undefined;
  /** Digest of the request's `Idempotency-Key`, by which the repetition of a write is known. */
  readonly request?: string | undefined;
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
  readonly #storage: WizardStorage<Data, Outcome, Submission>;

  constructor(
    readonly definition: WizardDefinition<Outcome, Submission>,
    private readonly host: WizardHost<Data>,
    private readonly nowMs: () => number = Date.now,
    private readonly newInstance: () => string = () => randomBytes(16).toString('base64url'),
    private readonly context: WizardContext = {},
  ) {
    this.#storage = new WizardStorage(definition, host, nowMs);
  }

  find(instance: string): WizardState | undefined {
    return this.#storage.find(this.host, instance);
  }

  newestOpen(): WizardState | undefined {
    return newestOpenInstance(this.host.wizards, this.definition, this.nowMs());
  }

  async start(): Promise<WizardState> {
    const state = start(this.definition, { instance: this.newInstance(), nowMs: this.nowMs() });
    await this.#storage.update((data) => {
      this.#storage.put(data, state);
    });
    return state;
  }

  /**
   * Keeps what was typed without validating it.
   *
   * @throws `SessionRequestError` for fields that no session can hold
   */
  draft(
    instance: string,
    write: { readonly revision: number; readonly step: string; readonly fields: WizardFields },
  ): Promise<WizardWriteResult> {
    const typed = withoutVolatile(this.definition, write.step, write.fields);
    return this.#write(instance, typed, (state, request) =>
      draft(this.definition, state, { ...write, request }),
    );
  }

  /**
   * Validates a step and goes on, or keeps what was typed and says what is wrong with it.
   *
   * @throws `SessionRequestError` for fields that no session can hold
   */
  async submitStep(
    instance: string,
    write: { readonly revision: number; readonly step: string; readonly fields: WizardFields },
  ): Promise<WizardStepResult> {
    const { revision, step } = write;
    const validation = await validateStep(this.definition, step, write.fields);
    const typed = typedOf(this.definition, step, validation, write.fields);
    const result = await this.#write(instance, typed, (state, request) =>
      submitStep(this.definition, state, { revision, step, validation, request }),
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
    const { step, fields } = write;
    const typed = fields && withoutVolatile(this.definition, step, fields);
    return this.#write(instance, typed, (state, request) =>
      back(this.definition, state, { ...write, request }),
    );
  }

  goto(
    instance: string,
    write: { readonly revision: number; readonly step: string },
  ): Promise<WizardWriteResult> {
    return this.#write(instance, undefined, (state, request) =>
      goto(this.definition, state, { ...write, request }),
    );
  }

  /** Throws the instance away with all that was typed; not once it was submitted. */
  cancel(
    instance: string,
    write: { readonly revision: number },
  ): Promise<CancelResult | WizardMissing> {
    return this.#storage.change<CancelResult>(instance, (data, state) => {
      const result = cancel(state, write);
      if (result.status === 'cancelled') data.wizards = dropInstance(data.wizards, instance);
      return result;
    });
  }

  /**
   * Claims the wizard, runs its side effect once the claim is stored, and stores the outcome. A
   * submit that comes meanwhile waits for it. When the node dies in between, the next submit on any
   * node does the same again with the same key, once the claim does not count any more.
   *
   * @throws whatever `complete` throws besides `WizardRejectedError`; the wizard stays claimed then.
   */
  submit(
    instance: string,
    submission: WizardSubmission<Data, Outcome, Submission>,
  ): Promise<WizardSubmitResult<Outcome>> {
    const { attempts = attemptsOf(this.definition) } = this.context;
    return new WizardSubmitter(this.#storage, attempts).submit(instance, submission);
  }

  #write(
    instance: string,
    typed: WizardFields | undefined,
    transition: (state: WizardState, request: string | undefined) => WizardResult,
  ): Promise<WizardWriteResult> {
    return this.#storage.change<WizardResult>(instance, (data, state) => {
      const result = transition(state, this.context.request);
      if (result.status !== 'changed') return result;
      if (typed) checkTyped(typed);
      // A repetition, too: the first time may have reached no copy before its answer was lost.
      return { ...result, state: this.#storage.put(data, result.state) };
    });
  }
}
