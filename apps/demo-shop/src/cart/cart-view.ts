import type { Currency, MinorUnits } from '../money/currency.js';
import { formatMoney } from '../money/format.js';
import { effectivePreferences } from '../preferences/preferences.js';
import type { ShopSessionData } from '../shop-session.js';
import { priceCart } from './cart.js';

/** A basket as the API shows it. Amounts are minor units of `currency`. */
export interface CartView {
  readonly items: readonly CartItemView[];
  readonly total: MinorUnits;
  readonly currency: Currency;
  /** Pieces, not lines. */
  readonly quantity: number;
  readonly totalText: string;
}

export interface CartItemView {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** Of one piece. */
  readonly price: MinorUnits;
  readonly total: MinorUnits;
  readonly totalText: string;
}

export function viewCart(session: Pick<ShopSessionData, 'cart' | 'preferences'>): CartView {
  const { currency, language } = effectivePreferences(session.preferences);
  const cart = priceCart(session.cart, currency);
  const text = (amount: MinorUnits) => formatMoney(amount, currency, language);
  return {
    items: cart.lines.map(({ product, quantity, price, total }) => ({
      sku: product.sku,
      name: product.name,
      quantity,
      price,
      total,
      totalText: text(total),
    })),
    total: cart.total,
    currency,
    quantity: cart.quantity,
    totalText: text(cart.total),
  };
}
