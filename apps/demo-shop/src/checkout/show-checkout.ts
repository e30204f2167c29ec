import { type Session, viewSteps, type WizardState } from '@understudy/nest-session';
import { priceCart } from '../cart/cart.js';
import type { FormIssue } from '../pages/form-parts.js';
import { page, type Reply, seeOther } from '../pages/page.js';
import { effectivePreferences } from '../preferences/preferences.js';
import type { ShopSessionData } from '../shop-session.js';
import { checkoutPage, checkoutTitle } from './checkout.pages.js';
import { type CheckoutWizard, isCheckoutStep } from './checkout.wizard.js';

export interface CheckoutDisplay {
  readonly state: WizardState;
  readonly step: string;
  readonly issues?: readonly FormIssue[] | undefined;
  readonly typed?: Readonly<Record<string, string>> | undefined;
  readonly notice?: string | undefined;
  readonly status?: number | undefined;
}

/** The page of a step, or the way to the step that has to come first. */
export function showCheckout(
  wizard: CheckoutWizard,
  session: Session<ShopSessionData>,
  display: CheckoutDisplay,
): Reply {
  const { state, step, issues = [], typed, status = 200 } = display;
  const steps = viewSteps(wizard, state);
  const isReachable = steps.some((view) => view.name === step && view.reachable);
  if (!isCheckoutStep(step) || !isReachable) {
    const open = steps.findLast((view) => view.reachable)?.name ?? state.step;
    return seeOther(`/checkout/${state.instance}/${open}`);
  }
  const { currency } = effectivePreferences(session.preferences);
  const cart = priceCart(session.cart, currency);
  const facts = { state, steps, step, cart, issues, typed, notice: display.notice };
  return page(checkoutTitle(step, issues), (context) => checkoutPage(context, facts), { status });
}
