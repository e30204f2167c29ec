import type { MinorUnits } from '../money/currency.js';

export interface Product {
  /** Part of URLs and baskets: lower-case words joined by hyphens. */
  readonly sku: string;
  readonly name: string;
  /** One line for the catalogue. */
  readonly summary: string;
  /** A paragraph for the product page. */
  readonly description: string;
  readonly category: Category;
  /** In euro cents. */
  readonly priceCents: MinorUnits;
}

export const CATEGORIES = ['Light', 'Paper', 'Wardrobe', 'Backstage'] as const;
export type Category = (typeof CATEGORIES)[number];
