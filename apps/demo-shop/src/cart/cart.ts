import { findProduct } from '../catalogue/find-products.js';
import type { Product } from '../catalogue/product.js';
import { LIMITS } from '../limits.js';
import { type Currency, fromEuroCents, type MinorUnits } from '../money/currency.js';

/**
 * What the session holds of a basket: quantity by sku. Prices are looked up, so a basket cannot
 * carry one, and two nodes changing different products change different paths.
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

export type CartChange =
  | { readonly status: 'changed'; readonly cart: Cart }
  | { readonly status: 'refused'; readonly reason: 'quantity' | 'lines'; readonly max: number };

/** Adds to a quantity; refused as a whole when the result would exceed a limit. */
export function addToCart(cart: Cart | undefined, sku: string, quantity: number): CartChange {
  return setQuantity(cart, sku, (ownQuantity(cart, sku) ?? 0) + quantity);
}

/** Sets a quantity. Zero takes the product out. */
export function setQuantity(cart: Cart | undefined, sku: string, quantity: number): CartChange {
  const { [sku]: _previous, ...others } = cart ?? {};
  if (quantity <= 0) return { status: 'changed', cart: others };
  if (quantity > LIMITS.maxQuantity) {
    return { status: 'refused', reason: 'quantity', max: LIMITS.maxQuantity };
  }
  if (Object.keys(others).length >= LIMITS.maxLines) {
    return { status: 'refused', reason: 'lines', max: LIMITS.maxLines };
  }
  return { status: 'changed', cart: { ...cart, [sku]: quantity } };
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
  for (const [sku, quantity] of Object.entries(cart ?? {})) {
    const product = findProduct(sku);
    if (product === undefined || quantity <= 0) continue;
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

function ownQuantity(cart: Cart | undefined, sku: string): number | undefined {
  return cart !== undefined && Object.hasOwn(cart, sku) ? cart[sku] : undefined;
}
