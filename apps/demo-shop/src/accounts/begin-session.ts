import type { Session } from '@understudy/nest-session';
import { customerOfAccount, customerOfVisitor } from '../orders/customer.js';
import type { OrderStore } from '../orders/order-store.js';
import type { ShopSessionData } from '../shop-session.js';
import type { User } from './user-store.js';

/**
 * Signs a user in: basket and checkout come along, the id of the session changes, and what the
 * visitor ordered becomes the account's. Whoever was signed in before takes everything with them.
 */
export async function beginSession(
  session: Session<ShopSessionData>,
  user: User,
  orders: OrderStore,
): Promise<void> {
  const { principal } = session;
  if (principal !== null && principal.id !== user.username) await session.regenerate();
  const { visitor } = session;
  if (visitor !== undefined) {
    await orders.reassign(customerOfVisitor(visitor), customerOfAccount(user.username));
  }
  await session.login({ id: user.username, roles: [...user.roles] });
}
