import { Controller, Get, Param, Query, UseInterceptors } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import { type Cart, quantityOf } from '../cart/cart.js';
import { LIMITS } from '../limits.js';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { type Page, page } from '../pages/page.js';
import { ShopProblem } from '../problem.js';
import { cataloguePage, productPage } from './catalogue.pages.js';
import { findProduct, findProducts, type ProductQuery } from './find-products.js';
import { CATEGORIES, type Product } from './product.js';

@Controller()
@UseInterceptors(PageInterceptor)
export class CatalogueController {
  @Get()
  catalogue(@Query('search') search: unknown, @Query('category') category: unknown): Page {
    const query = toQuery(search, category);
    const title = query.search ?? query.category ?? 'Goods for people who wait in the wings';
    return page(title, (context) => cataloguePage(context, query, findProducts(query)));
  }

  @Get('products/:sku')
  product(@Param('sku') sku: string, @Session('cart') cart: Cart | undefined): Page {
    const product = knownProduct(sku);
    return page(product.name, (context) => productPage(context, product, quantityOf(cart, sku)));
  }
}

/** The product, or the problem that there is none. */
export function knownProduct(sku: string): Product {
  const product = findProduct(sku);
  if (product === undefined) {
    throw new ShopProblem('not-found', `The shop sells nothing called ${JSON.stringify(sku)}.`);
  }
  return product;
}

/** A query from a URL, where anything may stand. */
export function toQuery(search: unknown, category: unknown): ProductQuery {
  const text = typeof search === 'string' ? search.trim().slice(0, LIMITS.maxSearchLength) : '';
  return {
    search: text === '' ? undefined : text,
    category: CATEGORIES.find((known) => known === category),
  };
}
