import type { Session } from '@understudy/nest-session';
import { prepareSession } from '../prepare-session.js';
import { ShopProblem } from '../problem.js';
import type { ShopSessionData } from '../shop-session.js';
import { type CartRefusal, quantityOf, refuseQuantity } from './cart.js';

type ShopSession = Session<ShopSessionData>;

/**
 * Adds to a quantity. The change is recorded as an addition, so that parallel requests on several
 * nodes add up, and it is stored in the same commit as the request's idempotency key, so that a
 * request repeated after a crash adds once.
 *
 * @throws ShopProblem `cart-limit` when the basket cannot hold as much.
 */
export async function addToCart(
  session: ShopSession,
  sku: string,
  quantity: number,
): Promise<void> {
  check(refuseQuantity(session.cart, sku, quantityOf(session.cart, sku) + quantity));
  await prepareSession(session);
  session.increment(['cart', sku], quantity);
}

/**
 * Sets a quantity; zero takes the product out. The last of parallel requests decides.
 *
 * @throws ShopProblem `cart-limit` when the basket cannot hold as much.
 */
export function setQuantity(session: ShopSession, sku: string, quantity: number): void {
  check(refuseQuantity(session.cart, sku, quantity));
  if (quantity > 0) {
    session.cart = { ...session.cart, [sku]: quantity };
  } else if (session.cart !== undefined && Object.hasOwn(session.cart, sku)) {
    const { [sku]: _removed, ...rest } = session.cart;
    session.cart = rest;
  }
}

function check(refusal: CartRefusal | undefined): void {
  if (refusal === undefined) return;
  const { reason, max } = refusal;
  const detail =
    reason === 'quantity'
      ? `A basket holds at most ${max} pieces of one product.`
      : `A basket holds at most ${max} different products.`;
  throw new ShopProblem('cart-limit', detail, { extensions: { reason, max } });
}
