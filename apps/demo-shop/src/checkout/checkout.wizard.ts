import { defineWizard, type WizardDefinition } from '@understudy/nest-session';
import type { Currency, MinorUnits } from '../money/currency.js';
import type { OrderContact, OrderDelivery, OrderItem, OrderPayment } from '../orders/order.js';
import { ContactSchema, DeliverySchema, paymentSchema } from './schemas.js';

/** What is ordered, frozen in the change that claims the checkout. */
export interface CheckoutSubmission {
  readonly [field: string]: unknown;
  readonly customer: string;
  readonly items: readonly OrderItem[];
  readonly total: MinorUnits;
  readonly currency: Currency;
}

export interface CheckoutOutcome {
  readonly [field: string]: unknown;
  readonly orderId: string;
  /** What to take out of the basket. */
  readonly ordered: readonly { readonly sku: string; readonly quantity: number }[];
}

export interface CheckoutAnswers {
  readonly contact: OrderContact;
  readonly delivery: OrderDelivery;
  readonly payment: OrderPayment;
}

/** Places the order; must be idempotent by `key`. Gives the id of the order that has the key. */
export type PlaceCheckout = (
  key: string,
  answers: CheckoutAnswers,
  submission: CheckoutSubmission,
) => Promise<string>;

export type CheckoutWizard = WizardDefinition<CheckoutOutcome, CheckoutSubmission>;

export const CHECKOUT_STEPS = ['contact', 'delivery', 'payment', 'review'] as const;
export type CheckoutStep = (typeof CHECKOUT_STEPS)[number];

export function isCheckoutStep(name: string): name is CheckoutStep {
  return CHECKOUT_STEPS.some((step) => step === name);
}

/** The four-step checkout. The side effect comes from outside, so the form knows no database. */
export function checkoutWizard(place: PlaceCheckout, nowMs: () => number): CheckoutWizard {
  return defineWizard({
    id: 'checkout',
    version: 1,
    steps: {
      contact: { schema: ContactSchema },
      delivery: { schema: DeliverySchema },
      payment: { schema: paymentSchema(nowMs), volatile: ['cardNumber', 'expiry', 'cvc'] },
      review: { readonly: true },
    },
    complete: async ({ key, answers, submission }): Promise<CheckoutOutcome> => {
      const orderId = await place(key, answers, submission as CheckoutSubmission);
      const { items } = submission as CheckoutSubmission;
      return { orderId, ordered: items.map(({ sku, quantity }) => ({ sku, quantity })) };
    },
  });
}
