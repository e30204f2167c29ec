import { setTimeout as pause } from 'node:timers/promises';
import type { WizardAttempts } from './attempts.js';
import type { WizardCompletion, WizardFields } from './definition.js';
import { WizardRejectedError } from './errors.js';
import { Lease } from './lease.js';
import type { WizardState } from './state.js';
import { type ClaimResult, fail, settle, submit } from './submission.js';
import type { WizardData, WizardSubmission, WizardSubmitResult } from './wizard-host.js';
import type { WizardStorage } from './wizard-storage.js';

/** Renewals per lease: two may be late before the claim is believed to be of a dead node. */
const RENEWALS_PER_LEASE = 4;

type Claimed = Extract<ClaimResult, { readonly status: 'claimed' }>;

/** Runs the side effect of an instance once, however many submits there are. */
export class WizardSubmitter<
  Data extends WizardData,
  Outcome extends WizardFields,
  Submission extends WizardFields,
> {
  constructor(
    private readonly storage: WizardStorage<Data, Outcome, Submission>,
    private readonly attempts: WizardAttempts,
  ) {}

  submit(
    instance: string,
    submission: WizardSubmission<Data, Outcome, Submission>,
  ): Promise<WizardSubmitResult<Outcome>> {
    return this.attempts.run((attempt) => this.#submit(instance, submission, attempt));
  }

  async #submit(
    instance: string,
    submission: WizardSubmission<Data, Outcome, Submission>,
    attempt: string,
  ): Promise<WizardSubmitResult<Outcome>> {
    const { leaseMs, pollMs } = this.attempts.times;
    // Counted and not timed: the clock of a session may stand still.
    for (let waitedMs = 0; ; waitedMs += pollMs) {
      const claim = await this.#claim(instance, submission, attempt);
      if (claim.status === 'done') return { ...claim, outcome: claim.outcome as Outcome };
      if (claim.status === 'claimed') return this.#drive(claim, submission, attempt);
      if (claim.status !== 'running') return claim;
      const running = this.attempts.find(claim.claim.attempt);
      if (running) return this.#follow(running as Promise<WizardSubmitResult<Outcome>>);
      if (waitedMs > leaseMs) return this.#runsElsewhere(claim.state);
      await pause(pollMs);
      await this.storage.host.reload?.();
    }
  }

  /** The outcome of the submit that runs, with the session as that has left it. */
  async #follow(
    running: Promise<WizardSubmitResult<Outcome>>,
  ): Promise<WizardSubmitResult<Outcome>> {
    const result = await running;
    await this.storage.host.reload?.();
    return result;
  }

  #runsElsewhere(state: WizardState): WizardSubmitResult<Outcome> {
    const { leaseMs: retryAfterMs } = this.attempts.times;
    return { status: 'refused', reason: 'submitted', state, retryAfterMs };
  }

  #claim(
    instance: string,
    submission: WizardSubmission<Data, Outcome, Submission>,
    attempt: string,
  ): Promise<ClaimResult | WizardSubmitResult<Outcome>> {
    const { definition, nowMs } = this.storage;
    const { revision, freeze = definition.freeze } = submission;
    return this.storage.change<ClaimResult | WizardSubmitResult<Outcome>>(
      instance,
      (data, state) => {
        try {
          const claim = submit(definition, state, {
            revision,
            submission: isSubmittable(state) ? freeze?.(data, state) : undefined,
            claim: this.attempts.claim(attempt, nowMs()),
            isRunning: (other) => this.attempts.isRunning(other, nowMs()),
          });
          if (claim.status !== 'claimed') return claim;
          return { ...claim, state: this.storage.put(data, claim.state) };
        } catch (error) {
          if (!(error instanceof WizardRejectedError)) throw error;
          return { status: 'rejected', state, reason: error.reason, message: error.message };
        }
      },
    );
  }

  async #drive(
    { state, completion }: Claimed,
    submission: WizardSubmission<Data, Outcome, Submission>,
    attempt: string,
  ): Promise<WizardSubmitResult<Outcome>> {
    const { instance } = state;
    const everyMs = this.attempts.times.leaseMs / RENEWALS_PER_LEASE;
    const lease = new Lease(() => this.#renew(instance, attempt), everyMs);
    let outcome: Outcome;
    try {
      outcome = await this.storage.definition.complete(
        completion as WizardCompletion<typeof completion.answers, Submission>,
      );
    } catch (error) {
      await lease.stop();
      if (error instanceof WizardRejectedError) return this.#fail(instance, error, attempt);
      await this.#release(instance, attempt);
      throw error;
    }
    await lease.stop();
    return this.#settle(state, outcome, submission);
  }

  /** Nobody else begins while this runs. */
  #renew(instance: string, attempt: string): Promise<unknown> {
    return this.storage.change(instance, (data, state) => {
      if (!holds(state, attempt)) return;
      this.storage.put(data, {
        ...state,
        claim: this.attempts.claim(attempt, this.storage.nowMs()),
      });
    });
  }

  /** It does not run any more and nobody knows what it did: the next submit need not wait. */
  async #release(instance: string, attempt: string): Promise<void> {
    const released = this.storage.change(instance, (data, state) => {
      if (holds(state, attempt)) this.storage.put(data, { ...state, claim: null });
    });
    // The claim runs out by itself; what is told is why `complete` failed.
    await released.catch(() => undefined);
  }

  #settle(
    claimed: WizardState,
    outcome: Outcome,
    { settled = this.storage.definition.settled }: WizardSubmission<Data, Outcome, Submission>,
  ): Promise<WizardSubmitResult<Outcome>> {
    return this.storage.update<WizardSubmitResult<Outcome>>((data) => {
      // An outcome is a fact: it is stored also where another submit was refused meanwhile, and
      // the user then threw the instance away.
      const state = this.storage.find(data, claimed.instance) ?? claimed;
      const next = settle(state, outcome);
      // A parallel submit may have settled it: then its outcome stands and nothing is done twice.
      if (next !== state) {
        this.storage.put(data, next);
        settled?.(data, outcome);
      }
      return { status: 'done', state: next, outcome: next.outcome as Outcome };
    });
  }

  #fail(
    instance: string,
    { reason, message }: WizardRejectedError,
    attempt: string,
  ): Promise<WizardSubmitResult<Outcome>> {
    return this.storage.change<WizardSubmitResult<Outcome>>(instance, (data, state) => {
      if (state.status === 'done') {
        return { status: 'done', state, outcome: state.outcome as Outcome };
      }
      // Another submit goes on with it and may succeed: a failed one could be thrown away.
      if (state.status === 'submitting' && state.claim && !holds(state, attempt)) {
        return this.#runsElsewhere(state);
      }
      const next = fail(state, { reason, message });
      if (next !== state) this.storage.put(data, next);
      return { status: 'rejected', state: next, reason, message };
    });
  }
}

function isSubmittable({ status }: WizardState): boolean {
  return status === 'open' || status === 'failed';
}

function holds({ status, claim }: WizardState, attempt: string): boolean {
  return status === 'submitting' && claim?.attempt === attempt;
}
