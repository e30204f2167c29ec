import { Inject, Injectable } from '@nestjs/common';
import type { PricedCart } from '../cart/cart.js';
import type { ShopSettings } from '../settings.js';
import { SETTINGS } from '../settings.token.js';
import type { Order, OrderDraft, OrderItem } from './order.js';
import { OrderStore } from './order-store.js';

/** Places orders in the name of this node, and finds them again. */
@Injectable()
export class OrdersService {
  constructor(
    @Inject(OrderStore) private readonly store: OrderStore,
    @Inject(SETTINGS) private readonly settings: ShopSettings,
  ) {}

  /** The order of this key, placed now unless it was placed before. */
  async place(draft: Omit<OrderDraft, 'placedAtMs' | 'placedBy'>): Promise<Order> {
    const placed = { placedAtMs: Date.now(), placedBy: this.settings.nodeId };
    const { order } = await this.store.place({ ...draft, ...placed });
    return order;
  }

  find(id: string, customers: readonly string[]): Promise<Order | undefined> {
    return this.store.find(id, customers);
  }

  /** The order of this key, if it was placed. */
  findByKey(key: string): Promise<Order | undefined> {
    return this.store.findByKey(key);
  }

  list(customers: readonly string[]): Promise<readonly Order[]> {
    return this.store.list(customers);
  }
}

/** What a basket becomes when it is ordered: names and prices as they are now. */
export function toOrderItems(cart: PricedCart): OrderItem[] {
  return cart.lines.map(({ product, quantity, price, total }) => ({
    sku: product.sku,
    name: product.name,
    quantity,
    price,
    total,
  }));
}
