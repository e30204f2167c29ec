import { viewSteps, type WizardState } from '@understudy/nest-session';
import type { CheckoutStep, CheckoutWizard } from './checkout.wizard.js';

/** Fields of each step, so that a script can fill the form without a manual. */
const FIELDS: Readonly<Record<CheckoutStep, readonly string[]>> = {
  contact: ['name', 'email'],
  delivery: ['street', 'postcode', 'city', 'country', 'speed'],
  payment: ['cardholder', 'cardNumber', 'expiry', 'cvc'],
  review: [],
};

/** A checkout as the API shows it. */
export interface CheckoutView {
  readonly instance: string;
  readonly step: string;
  /** Name it in the next write; an old one is answered 409. */
  readonly revision: number;
  readonly status: WizardState['status'];
  readonly steps: readonly {
    readonly name: string;
    readonly status: string;
    readonly reachable: boolean;
    readonly fields: readonly string[];
  }[];
  readonly answers: WizardState['answers'];
  readonly drafts: WizardState['drafts'];
  readonly outcome: WizardState['outcome'];
}

export function viewCheckout(wizard: CheckoutWizard, state: WizardState): CheckoutView {
  const { instance, step, revision, status, answers, drafts, outcome } = state;
  const steps = viewSteps(wizard, state).map((view) => ({
    ...view,
    fields: FIELDS[view.name as CheckoutStep] ?? [],
  }));
  return { instance, step, revision, status, steps, answers, drafts, outcome };
}
