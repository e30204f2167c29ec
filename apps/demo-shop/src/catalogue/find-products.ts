import { type Category, type Product } from './product.js';
import { PRODUCTS } from './products.js';

const BY_SKU: ReadonlyMap<string, Product> = new Map(
  PRODUCTS.map((product) => [product.sku, product]),
);

/** The product of that sku; undefined when the shop does not sell it. */
export function findProduct(sku: string): Product | undefined {
  return BY_SKU.get(sku);
}

export interface ProductQuery {
  /** Every word must occur in name, summary or category; case does not matter. */
  readonly search?: string | undefined;
  readonly category?: Category | undefined;
}

/** Products in catalogue order. An empty query gives all of them. */
export function findProducts(query: ProductQuery): readonly Product[] {
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return PRODUCTS.filter((product) => {
    if (query.category !== undefined && product.category !== query.category) return false;
    const text = `${product.name} ${product.summary} ${product.category}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
