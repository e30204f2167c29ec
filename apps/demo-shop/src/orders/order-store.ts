import type { Order, OrderDraft } from './order.js';

/**
 * Where orders live. A session can be repeated, moved and merged; an order cannot, so it has a
 * database with a unique key. Implementations must be safe to share between processes.
 */
export interface OrderStore {
  /**
   * Places the order unless its key was used before, and answers the order that has the key: the
   * first one, however often and wherever it is called.
   */
  place(draft: OrderDraft): Promise<{ readonly order: Order; readonly isNew: boolean }>;
  /** The order, if one of these customers placed it. */
  find(id: string, customers: readonly string[]): Promise<Order | undefined>;
  /** The order that has the key, whoever placed it. */
  findByKey(key: string): Promise<Order | undefined>;
  /** Newest first, at most `LIMITS.maxOrdersListed`. */
  list(customers: readonly string[]): Promise<readonly Order[]>;
  /** Gives the orders of one customer to another: a guest who signed in. */
  reassign(from: string, to: string): Promise<void>;
}

/** Token of the process's order store. */
export const OrderStore = Symbol('OrderStore');
