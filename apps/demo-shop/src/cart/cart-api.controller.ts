import { Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import * as v from 'valibot';
import { knownProduct } from '../catalogue/catalogue.controller.js';
import { ValidBody } from '../http/valid-body.js';
import { LIMITS } from '../limits.js';
import type { ShopSessionData } from '../shop-session.js';
import { type CartView, viewCart } from './cart-view.js';
import { addToCart, setQuantity } from './change-cart.js';

function quantity(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

const AdditionSchema = v.object({
  sku: v.string('expected the sku of a product'),
  quantity: v.optional(quantity(1, LIMITS.maxAddition), 1),
});

const QuantitySchema = v.object({ quantity: quantity(0, LIMITS.maxQuantity) });

@Controller('api/cart')
export class CartApiController {
  @Get()
  cart(@Session() session: Session<ShopSessionData>): CartView {
    return viewCart(session);
  }

  @Post('items')
  @HttpCode(200)
  async add(
    @ValidBody(AdditionSchema) body: v.InferOutput<typeof AdditionSchema>,
    @Session() session: Session<ShopSessionData>,
  ): Promise<CartView> {
    const { sku } = knownProduct(body.sku);
    await addToCart(session, sku, body.quantity);
    return viewCart(session);
  }

  @Patch('items/:sku')
  set(
    @Param('sku') sku: string,
    @ValidBody(QuantitySchema) body: v.InferOutput<typeof QuantitySchema>,
    @Session() session: Session<ShopSessionData>,
  ): CartView {
    setQuantity(session, knownProduct(sku).sku, body.quantity);
    return viewCart(session);
  }

  @Delete('items/:sku')
  remove(@Param('sku') sku: string, @Session() session: Session<ShopSessionData>): CartView {
    setQuantity(session, knownProduct(sku).sku, 0);
    return viewCart(session);
  }
}
