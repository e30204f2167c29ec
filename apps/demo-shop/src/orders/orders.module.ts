import { Module } from '@nestjs/common';
import type { Database } from '../database/database.js';
import { DATABASE } from '../database/database.module.js';
import { LibsqlOrderStore } from './libsql-order-store.js';
import { OrderStore } from './order-store.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';
import { OrdersApiController } from './orders-api.controller.js';

@Module({
  controllers: [OrdersController, OrdersApiController],
  providers: [
    {
      provide: OrderStore,
      inject: [DATABASE],
      useFactory: (database: Database) => new LibsqlOrderStore(database),
    },
    OrdersService,
  ],
  exports: [OrderStore, OrdersService],
})
export class OrdersModule {}
