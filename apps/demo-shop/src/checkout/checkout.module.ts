import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { CheckoutController } from './checkout.controller.js';
import { CheckoutService } from './checkout.service.js';
import { CheckoutApiController } from './checkout-api.controller.js';

@Module({
  imports: [OrdersModule],
  controllers: [CheckoutController, CheckoutApiController],
  providers: [CheckoutService],
})
export class CheckoutModule {}
