import { Controller, Get, Param, Query, UseInterceptors } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { type Page, page } from '../pages/page.js';
import { ShopProblem } from '../problem.js';
import type { ShopSessionData } from '../shop-session.js';
import { customersOf } from './customer.js';
import { orderPage, ordersPage } from './orders.pages.js';
import { OrdersService } from './orders.service.js';

@Controller('orders')
@UseInterceptors(PageInterceptor)
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  async list(@Session() session: Session<ShopSessionData>): Promise<Page> {
    const orders = await this.orders.list(customersOf(session.principal?.id, session.visitor));
    return page('Your orders', (context) => ordersPage(context, orders));
  }

  @Get(':id')
  async one(
    @Param('id') id: string,
    @Query('placed') placed: unknown,
    @Session() session: Session<ShopSessionData>,
  ): Promise<Page> {
    const order = await this.orders.find(id, customersOf(session.principal?.id, session.visitor));
    if (order === undefined) throw new ShopProblem('not-found', 'You have no such order.');
    const isNew = placed === '1';
    const title = isNew ? `Order ${order.id} is placed` : `Order ${order.id}`;
    return page(title, (context) => orderPage(context, order, isNew));
  }
}
