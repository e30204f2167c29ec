import { Injectable } from '@nestjs/common';
import { type Session, WizardRejectedError, WizardRunner } from '@understudy/nest-session';
import { priceCart, withoutOrdered } from '../cart/cart.js';
import { customersOf } from '../orders/customer.js';
import { OrdersService, toOrderItems } from '../orders/orders.service.js';
import { effectivePreferences } from '../preferences/preferences.js';
import { visitorOf } from '../prepare-session.js';
import type { ShopSessionData } from '../shop-session.js';
import {
  type CheckoutOutcome,
  type CheckoutSubmission,
  type CheckoutWizard,
  checkoutWizard,
} from './checkout.wizard.js';

export type CheckoutRunner = WizardRunner<ShopSessionData, CheckoutOutcome, CheckoutSubmission>;
export type CheckoutResult = Awaited<ReturnType<CheckoutRunner['submit']>>;

/** What the person had before their eyes when they placed the order. */
export interface ReviewedTotal {
  readonly total: number;
  readonly currency: string;
}

/** The checkout of a session: the form, and the order it ends in. */
@Injectable()
export class CheckoutService {
  readonly wizard: CheckoutWizard;

  constructor(orders: OrdersService) {
    const place: Parameters<typeof checkoutWizard>[0] = async (instance, answers, submission) => {
      const { customer, items, total, currency } = submission;
      const key = `checkout:${instance}`;
      const order = await orders.place({ key, customer, items, total, currency, ...answers });
      return order.id;
    };
    this.wizard = checkoutWizard(place, Date.now);
  }

  of(session: Session<ShopSessionData>): CheckoutRunner {
    return new WizardRunner(this.wizard, session);
  }

  /**
   * Places the order. The basket is frozen in the change that claims the checkout and leaves the
   * session in the change that stores the outcome, so whatever dies in between, it is one order of
   * what was reviewed.
   */
  async submit(
    session: Session<ShopSessionData>,
    instance: string,
    write: { readonly revision: number; readonly reviewed?: ReviewedTotal | undefined },
  ): Promise<CheckoutResult> {
    const visitor = await visitorOf(session);
    const customer = customersOf(session.principal?.id, visitor)[0] ?? '';
    return this.of(session).submit(instance, {
      revision: write.revision,
      freeze: (data) => freeze(data, customer, write.reviewed),
      settled: (data, outcome) => {
        data.cart = withoutOrdered(data.cart, outcome.ordered);
      },
    });
  }
}

function freeze(
  { cart, preferences }: ShopSessionData,
  customer: string,
  reviewed: ReviewedTotal | undefined,
): CheckoutSubmission {
  const { currency } = effectivePreferences(preferences);
  const priced = priceCart(cart, currency);
  if (priced.lines.length === 0) {
    throw new WizardRejectedError(
      'cart-empty',
      'Your basket is empty. Put something into it first.',
    );
  }
  const { total } = priced;
  if (reviewed !== undefined && (reviewed.total !== total || reviewed.currency !== currency)) {
    const message = 'Your basket has changed since you looked at it. Look again before you order.';
    throw new WizardRejectedError('cart-changed', message);
  }
  return { customer, items: toOrderItems(priced), total, currency };
}
