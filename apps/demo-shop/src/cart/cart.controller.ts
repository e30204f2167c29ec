import { Body, Controller, Get, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import { knownProduct } from '../catalogue/catalogue.controller.js';
import { findProduct } from '../catalogue/find-products.js';
import { formFields, wholeNumber } from '../http/form-fields.js';
import { LIMITS } from '../limits.js';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { type Page, page, type Reply, type SeeOther, seeOther } from '../pages/page.js';
import { effectivePreferences } from '../preferences/preferences.js';
import { ShopProblem } from '../problem.js';
import type { ShopSessionData } from '../shop-session.js';
import { priceCart } from './cart.js';
import { cartPage } from './cart.pages.js';
import { addToCart, setQuantity } from './change-cart.js';

type ShopSession = Session<ShopSessionData>;

@Controller('cart')
@UseInterceptors(PageInterceptor)
export class CartController {
  @Get()
  cart(@Session() session: ShopSession, @Query('added') added: unknown): Page {
    return showCart(session, { added: typeof added === 'string' ? added : undefined });
  }

  @Post('items')
  async add(@Body() body: unknown, @Session() session: ShopSession): Promise<Reply> {
    const fields = formFields(body);
    const { sku } = knownProduct(fields.sku ?? '');
    const quantity = wholeNumber(fields.quantity ?? '1', LIMITS.maxAddition);
    if (quantity === undefined || quantity === 0) return refuse(session, LIMITS.maxAddition);
    return orRefusal(session, async () => {
      await addToCart(session, sku, quantity);
      return seeOther(`/cart?added=${sku}`);
    });
  }

  /** Quantity zero removes. */
  @Post('items/:sku')
  async set(
    @Param('sku') sku: string,
    @Body() body: unknown,
    @Session() session: ShopSession,
  ): Promise<Reply> {
    const quantity = wholeNumber(formFields(body).quantity, LIMITS.maxQuantity);
    if (quantity === undefined) return refuse(session, LIMITS.maxQuantity);
    return orRefusal(session, async () => {
      setQuantity(session, knownProduct(sku).sku, quantity);
      return seeOther('/cart');
    });
  }
}

function showCart(
  session: ShopSession,
  facts: { readonly added?: string | undefined; readonly refused?: string | undefined },
): Page {
  const { currency } = effectivePreferences(session.preferences);
  const cart = priceCart(session.cart, currency);
  // Only what the shop sells is named, so a link cannot make the page say anything else.
  const added = facts.added === undefined ? undefined : findProduct(facts.added)?.name;
  const { refused } = facts;
  const status = refused === undefined ? 200 : 422;
  return page('Your basket', (context) => cartPage(context, { cart, added, refused }), { status });
}

function refuse(session: ShopSession, max: number): Page {
  return showCart(session, { refused: `Enter a whole number of pieces, at most ${max}.` });
}

/** A limit is shown on the basket itself, where something can be done about it. */
async function orRefusal(session: ShopSession, work: () => Promise<SeeOther>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ShopProblem && error.code === 'cart-limit') {
      return showCart(session, { refused: error.detail });
    }
    throw error;
  }
}
