import type { Currency, MinorUnits } from '../money/currency.js';

export interface OrderItem {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** Of one piece, as it was when the order was placed. */
  readonly price: MinorUnits;
  readonly total: MinorUnits;
}

export interface OrderContact {
  readonly name: string;
  readonly email: string;
}

export interface OrderDelivery {
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
  readonly speed: string;
}

/** What may be shown of a card. */
export interface OrderPayment {
  readonly cardholder: string;
  readonly lastFour: string;
}

export interface Order {
  /** Short enough to read out on the telephone. */
  readonly id: string;
  readonly items: readonly OrderItem[];
  readonly total: MinorUnits;
  readonly currency: Currency;
  readonly contact: OrderContact | null;
  readonly delivery: OrderDelivery | null;
  readonly payment: OrderPayment | null;
  readonly placedAtMs: number;
  /** The node that wrote it. */
  readonly placedBy: string;
}

/** An order that is about to be placed. */
export interface OrderDraft extends Omit<Order, 'id'> {
  /** The same key always means the same order. */
  readonly key: string;
  /** Who may see it; see `customer.ts`. */
  readonly customer: string;
}
