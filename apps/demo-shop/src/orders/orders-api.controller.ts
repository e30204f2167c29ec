import { Controller, Get, Headers, Param, Post } from '@nestjs/common';
import { Idempotent, Session } from '@understudy/nest-session';
import * as v from 'valibot';
import { priceCart } from '../cart/cart.js';
import { ContactSchema, DeliverySchema } from '../checkout/schemas.js';
import { ValidBody } from '../http/valid-body.js';
import { LIMITS } from '../limits.js';
import { effectivePreferences } from '../preferences/preferences.js';
import { visitorOf } from '../prepare-session.js';
import { ShopProblem } from '../problem.js';
import type { ShopSessionData } from '../shop-session.js';
import { customersOf } from './customer.js';
import type { Order } from './order.js';
import { OrdersService, toOrderItems } from './orders.service.js';

type ShopSession = Session<ShopSessionData>;

const OrderSchema = v.object({
  contact: v.optional(ContactSchema),
  delivery: v.optional(DeliverySchema),
});

@Controller('api/orders')
export class OrdersApiController {
  constructor(private readonly orders: OrdersService) {}

  /** Orders what is in the basket. The same key is the same order, on whatever node, for ever. */
  @Post()
  @Idempotent({ required: true })
  async place(
    @ValidBody(OrderSchema) body: v.InferOutput<typeof OrderSchema>,
    @Headers('idempotency-key') idempotencyKey: string,
    @Session() session: ShopSession,
  ): Promise<Order> {
    const visitor = await visitorOf(session);
    // The visitor makes the key this session's own: nobody gets an order by guessing a key.
    const key = `api:${visitor}:${idempotencyKey}`;
    const { currency } = effectivePreferences(session.preferences);
    const cart = priceCart(session.cart, currency);
    const order =
      (await this.orders.findByKey(key)) ??
      (cart.lines.length === 0
        ? undefined
        : await this.orders.place({
            key,
            customer: customersOf(session.principal?.id, visitor)[0] ?? '',
            items: toOrderItems(cart),
            total: cart.total,
            currency,
            contact: body.contact ?? null,
            delivery: body.delivery ?? null,
            payment: null,
          }));
    if (order === undefined) throw new ShopProblem('cart-empty', 'Put something into it first.');
    takeOut(session, order);
    return order;
  }

  @Get()
  list(@Session() session: ShopSession): Promise<readonly Order[]> {
    return this.orders.list(customersOf(session.principal?.id, session.visitor));
  }

  @Get(':id')
  async one(@Param('id') id: string, @Session() session: ShopSession): Promise<Order> {
    const order = await this.orders.find(id, customersOf(session.principal?.id, session.visitor));
    if (order === undefined) throw new ShopProblem('not-found', 'You have no such order.');
    return order;
  }
}

/**
 * Takes what was ordered out of the basket, in the commit that also remembers the idempotency key.
 * As a subtraction it leaves alone what another tab adds meanwhile; done once per order, it leaves
 * alone what was added since, should the key come back after the journal forgot it.
 */
function takeOut(session: ShopSession, order: Order): void {
  const settled = session.settledOrders ?? [];
  if (settled.includes(order.id)) return;
  for (const { sku, quantity } of order.items) session.increment(['cart', sku], -quantity);
  session.settledOrders = [...settled, order.id].slice(-LIMITS.maxSettledOrders);
}
