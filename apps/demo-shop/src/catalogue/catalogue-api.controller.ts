import { Controller, Get, Param, Query } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import { type Currency, fromEuroCents, type MinorUnits } from '../money/currency.js';
import { formatMoney } from '../money/format.js';
import { effectivePreferences, type Preferences } from '../preferences/preferences.js';
import { knownProduct, toQuery } from './catalogue.controller.js';
import { findProducts } from './find-products.js';
import type { Product } from './product.js';

/** A product as the API shows it. */
export interface ProductView {
  readonly sku: string;
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly category: string;
  /** In minor units of `currency`: cents, pence, yen. */
  readonly price: MinorUnits;
  readonly currency: Currency;
  /** As a person reads it. */
  readonly priceText: string;
}

@Controller('api/products')
export class CatalogueApiController {
  @Get()
  list(
    @Session('preferences') stored: Partial<Preferences> | undefined,
    @Query('search') search: unknown,
    @Query('category') category: unknown,
  ): ProductView[] {
    const preferences = effectivePreferences(stored);
    return findProducts(toQuery(search, category)).map((product) => toView(product, preferences));
  }

  @Get(':sku')
  one(
    @Param('sku') sku: string,
    @Session('preferences') stored: Partial<Preferences> | undefined,
  ): ProductView {
    return toView(knownProduct(sku), effectivePreferences(stored));
  }
}

function toView(product: Product, { currency, language }: Preferences): ProductView {
  const { priceCents, ...facts } = product;
  const price = fromEuroCents(priceCents, currency);
  return { ...facts, price, currency, priceText: formatMoney(price, currency, language) };
}
