import type { WizardIssue, WizardRefusal, WizardState } from '@understudy/nest-session';
import { ShopProblem } from '../problem.js';
import type { CheckoutWizard } from './checkout.wizard.js';
import { viewCheckout } from './checkout-view.js';

/** Anything a checkout can answer besides success. */
export type CheckoutSetback =
  | { readonly status: 'missing' }
  | { readonly status: 'conflict'; readonly state: WizardState }
  | {
      readonly status: 'refused';
      readonly reason: WizardRefusal;
      readonly state: WizardState;
      readonly step?: string | undefined;
    }
  | {
      readonly status: 'invalid';
      readonly state: WizardState;
      readonly issues: readonly WizardIssue[];
    }
  | {
      readonly status: 'rejected';
      readonly state: WizardState;
      readonly reason: string;
      readonly message: string;
    };

const REFUSALS: Readonly<Record<WizardRefusal, string>> = {
  'unknown-step': 'This checkout has no such step.',
  'not-reachable': 'An earlier step is not answered yet.',
  submitted: 'This checkout was submitted; it takes no more answers.',
  incomplete: 'A step is not answered yet.',
  'too-large': 'That is too much text for this form.',
};

/** The problem a setback is for a program; the current state comes along, so it can go on. */
export function checkoutProblem(wizard: CheckoutWizard, setback: CheckoutSetback): ShopProblem {
  if (setback.status === 'missing') {
    return new ShopProblem('not-found', 'This session has no such checkout.');
  }
  const state = viewCheckout(wizard, setback.state);
  switch (setback.status) {
    case 'conflict':
      return new ShopProblem('wizard-conflict', 'Another request was faster; look at `state`.', {
        extensions: { state },
      });
    case 'refused': {
      const { reason, step } = setback;
      const code = reason === 'unknown-step' ? 'not-found' : 'wizard-refused';
      return new ShopProblem(code, REFUSALS[reason], { extensions: { reason, step, state } });
    }
    case 'invalid': {
      const { issues } = setback;
      const detail = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
      return new ShopProblem('bad-request', detail, { extensions: { issues, state } });
    }
    case 'rejected': {
      const { reason, message } = setback;
      return new ShopProblem('checkout-rejected', message, { extensions: { reason, state } });
    }
  }
}
