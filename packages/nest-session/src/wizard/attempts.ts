import { randomBytes } from 'node:crypto';
import { WIZARD_LIMITS } from './limits.js';
import type { WizardClaim } from './state.js';

/** How long a claim counts at other nodes, and how often they look. */
export interface AttemptTimes {
  readonly leaseMs: number;
  readonly pollMs: number;
}

/**
 * The submits that run in this process. What runs here is known exactly and is waited for; what
 * runs elsewhere is believed to run as long as its claim counts.
 */
export class WizardAttempts {
  readonly times: AttemptTimes;
  readonly #by = randomBytes(12).toString('base64url');
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(times: Partial<AttemptTimes> = {}) {
    const { claimLeaseMs: leaseMs, claimPollMs: pollMs } = WIZARD_LIMITS;
    this.times = { leaseMs, pollMs, ...times };
  }

  /** Runs a submit under a name of its own, by which others find it until it has ended. */
  run<Result>(submit: (attempt: string) => Promise<Result>): Promise<Result> {
    const attempt = randomBytes(12).toString('base64url');
    // Known before it begins: its claim must never be seen without it.
    const result = Promise.resolve()
      .then(() => submit(attempt))
      .finally(() => this.#running.delete(attempt));
    this.#running.set(attempt, result);
    return result;
  }

  /** What that submit will give, if it runs here. */
  find(attempt: string): Promise<unknown> | undefined {
    return this.#running.get(attempt);
  }

  claim(attempt: string, nowMs: number): WizardClaim {
    return { by: this.#by, attempt, untilMs: nowMs + this.times.leaseMs };
  }

  /** Whether the submit that made the claim may still run. */
  isRunning({ by, attempt, untilMs }: WizardClaim, nowMs: number): boolean {
    return by === this.#by ? this.#running.has(attempt) : nowMs < untilMs;
  }
}

const ofDefinitions = new WeakMap<object, WizardAttempts>();

/** The attempts of whoever names none: one definition is one process then. */
export function attemptsOf(definition: object): WizardAttempts {
  let attempts = ofDefinitions.get(definition);
  if (!attempts) {
    attempts = new WizardAttempts();
    ofDefinitions.set(definition, attempts);
  }
  return attempts;
}
