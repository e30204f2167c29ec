import { findProduct } from '../catalogue/find-products.js';
import type { Product } from '../catalogue/product.js';
import { LIMITS } from '../limits.js';
import { type Currency, fromEuroCents, type MinorUnits } from '../money/currency.js';

/**
 * What the session holds of a basket: quantity by sku. Prices are looked up, so a basket cannot
 * carry one, and two nodes changing different products change different paths. A quantity may be
 * zero: taking out what was ordered is a subtraction, because that adds up with parallel additions.
 */
export type Cart = Readonly<Record<string, number>>;

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
  /** Of one piece. */
  readonly price: MinorUnits;
  readonly total: MinorUnits;
}

export interface PricedCart {
  readonly lines: readonly CartLine[];
  readonly currency: Currency;
  readonly total: MinorUnits;
  /** Pieces, not lines. */
  readonly quantity: number;
}

/** Why a change of a basket is not made. */
export interface CartRefusal {
  readonly reason: 'quantity' | 'lines';
  readonly max: number;
}

/**
 * Whether a basket may hold this many pieces of a product. It is asked before a change is made, so
 * parallel requests may pass the limit by what they add at the same moment, and no further.
 */
export function refuseQuantity(
  cart: Cart | undefined,
  sku: string,
  quantity: number,
): CartRefusal | undefined {
  if (quantity > LIMITS.maxQuantity) return { reason: 'quantity', max: LIMITS.maxQuantity };
  const others = Object.keys(cart ?? {}).filter(
    (other) => other !== sku && quantityOf(cart, other) > 0,
  );
  if (quantity > 0 && others.length >= LIMITS.maxLines) {
    return { reason: 'lines', max: LIMITS.maxLines };
  }
  return undefined;
}

/** Pieces of a product in a basket. */
export function quantityOf(cart: Cart | undefined, sku: string): number {
  const quantity = cart !== undefined && Object.hasOwn(cart, sku) ? cart[sku] : undefined;
  return Math.max(0, quantity ?? 0);
}

/**
 * Takes out what was ordered and leaves what was added meanwhile in another tab. Doing it twice
 * would take it out twice, so it belongs into the change that marks the order as done.
 */
export function withoutOrdered(
  cart: Cart | undefined,
  ordered: readonly { readonly sku: string; readonly quantity: number }[],
): Cart {
  const left = new Map(Object.entries(cart ?? {}));
  for (const { sku, quantity } of ordered) {
    const rest = (left.get(sku) ?? 0) - quantity;
    if (rest > 0) left.set(sku, rest);
    else left.delete(sku);
  }
  return Object.fromEntries(left);
}

/** Looks the prices up. What the shop no longer sells is left out; order is the order of adding. */
export function priceCart(cart: Cart | undefined, currency: Currency): PricedCart {
  const lines: CartLine[] = [];
  for (const sku of Object.keys(cart ?? {})) {
    const product = findProduct(sku);
    const quantity = quantityOf(cart, sku);
    if (product === undefined || quantity === 0) continue;
    const price = fromEuroCents(product.priceCents, currency);
    lines.push({ product, quantity, price, total: price * quantity });
  }
  return {
    lines,
    currency,
    total: lines.reduce((sum, line) => sum + line.total, 0),
    quantity: lines.reduce((sum, line) => sum + line.quantity, 0),
  };
}
