import { Module } from '@nestjs/common';
import { CartController } from './cart.controller.js';
import { CartApiController } from './cart-api.controller.js';

@Module({ controllers: [CartController, CartApiController] })
export class CartModule {}
