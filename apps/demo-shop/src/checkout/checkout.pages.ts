import type { StepView, WizardState } from '@understudy/nest-session';
import type { PricedCart } from '../cart/cart.js';
import { type Html, html } from '../html/html.js';
import { csrfField, errorSummary, type FormIssue, notice } from '../pages/form-parts.js';
import { money } from '../pages/money-text.js';
import type { PageContext } from '../pages/page-context.js';
import { CHECKOUT_STEPS, type CheckoutStep } from './checkout.wizard.js';
import { reviewAnswers } from './review.pages.js';
import { stepFields } from './step-fields.js';

export const STEP_TITLES: Readonly<Record<CheckoutStep, string>> = {
  contact: 'Contact',
  delivery: 'Delivery',
  payment: 'Payment',
  review: 'Check and order',
};

export interface CheckoutPageFacts {
  readonly state: WizardState;
  readonly steps: readonly StepView[];
  readonly step: CheckoutStep;
  readonly cart: PricedCart;
  readonly issues: readonly FormIssue[];
  /** What was typed just now; else the draft, else the answer is shown. */
  readonly typed?: Readonly<Record<string, unknown>> | undefined;
  readonly notice?: string | undefined;
}

/** "Step 2 of 4: Delivery", after the W3C pattern for forms of several pages. */
export function checkoutTitle(step: CheckoutStep, issues: readonly FormIssue[]): string {
  const number = CHECKOUT_STEPS.indexOf(step) + 1;
  const problem = issues.length > 0 ? 'Problem: ' : '';
  return `${problem}Step ${number} of ${CHECKOUT_STEPS.length}: ${STEP_TITLES[step]} – Checkout`;
}

export function checkoutPage(context: PageContext, facts: CheckoutPageFacts): Html {
  const { step, issues } = facts;
  return html`${progress(facts)}
    <h1>${STEP_TITLES[step]}</h1>
    ${facts.notice !== undefined && notice(facts.notice)}
    ${errorSummary(issues)}
    <div class="checkout">
      ${step === 'review' ? review(context, facts) : form(context, facts)}
      ${basket(context, facts.cart)}
    </div>`;
}

function progress({ state, steps, step }: CheckoutPageFacts): Html {
  return html`<nav class="progress" aria-label="Checkout"><ol>${steps.map((view) => {
    const title = STEP_TITLES[view.name as CheckoutStep];
    const isCurrent = view.name === step;
    const status = isCurrent ? 'current' : view.status;
    const done =
      view.status === 'answered' && html`<span class="visually-hidden"> (answered)</span>`;
    const text = html`<span class="mark" aria-hidden="true"></span>${title}${done}`;
    return html`<li class="step-${status}"${isCurrent && html` aria-current="step"`}>${
      view.reachable && !isCurrent
        ? html`<a class="plain" href="/checkout/${state.instance}/${view.name}">${text}</a>`
        : text
    }</li>`;
  })}</ol></nav>`;
}

function form(context: PageContext, facts: CheckoutPageFacts): Html {
  const { state, step } = facts;
  const isFirst = step === CHECKOUT_STEPS[0];
  const values = facts.typed ?? state.drafts[step] ?? state.answers[step] ?? {};
  return html`<form class="sheet" method="post" action="/checkout/${state.instance}/${step}">
    ${csrfField(context)}
    <input type="hidden" name="revision" value="${state.revision}">
    ${stepFields(step, values, facts.issues)}
    <div class="actions">
      <button class="primary" name="action" value="next">Continue</button>
      ${!isFirst && html`<button class="quiet" name="action" value="back">Back</button>`}
      <button class="quiet" name="action" value="save">Save for later</button>
    </div>
  </form>`;
}

function review(context: PageContext, { state, cart }: CheckoutPageFacts): Html {
  const base = `/checkout/${state.instance}`;
  return html`<div class="sheet">
    ${reviewAnswers(base, state)}
    <form method="post" action="${base}/submit">
      ${csrfField(context)}
      <input type="hidden" name="revision" value="${state.revision}">
      <input type="hidden" name="total" value="${cart.total}">
      <input type="hidden" name="currency" value="${cart.currency}">
      <div class="actions">
        <button class="primary">Place order for ${money(context, cart.total, cart.currency)}</button>
        <a href="${base}/payment">Back</a>
      </div>
      <p class="hint">Press it twice if you like. It will be one order.</p>
    </form>
  </div>`;
}

function basket(context: PageContext, cart: PricedCart): Html {
  return html`<section class="summary" aria-labelledby="summary-heading">
    <h2 id="summary-heading">Your basket</h2>
    <ul>${cart.lines.map(
      (
        line,
      ) => html`<li><span class="num">${line.quantity} ×</span> <span>${line.product.name}</span>
        <span class="num">${money(context, line.total, cart.currency)}</span></li>`,
    )}</ul>
    <p class="summary-total"><span>Total</span>
      <span class="num">${money(context, cart.total, cart.currency)}</span></p>
    <p><a href="/cart">Change it</a></p>
  </section>`;
}
