import { describe, expect, it } from 'vitest';
import { productArt } from './art.js';
import { findProduct, findProducts } from './find-products.js';
import { PRODUCTS } from './products.js';

describe('the catalogue', () => {
  it('sells twelve products with distinct skus that fit into a URL', () => {
    expect(PRODUCTS).toHaveLength(12);
    expect(new Set(PRODUCTS.map((product) => product.sku)).size).toBe(12);
    for (const { sku } of PRODUCTS) expect(sku).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('has art for every product', () => {
    const drawings = PRODUCTS.map((product) => productArt(product.sku).markup);
    expect(new Set(drawings).size).toBe(12);
    for (const drawing of drawings) expect(drawing).toContain('<svg');
  });

  it.each(['', 'nothing', '__proto__', 'GHOST-LIGHT'])('does not sell %j', (sku) => {
    expect(findProduct(sku)).toBeUndefined();
  });
});

describe('a search', () => {
  it.each<[string, object, string[]]>([
    ['finds words in any order and case', { search: 'LIGHT ghost' }, ['ghost-light']],
    [
      'finds a category by name',
      { search: 'paper' },
      ['prompt-book', 'gel-swatches', 'two-tickets'],
    ],
    ['is narrowed by category', { search: 'light', category: 'Paper' }, []],
    ['finds nothing for nonsense', { search: 'submarine' }, []],
  ])('%s', (_name, query, skus) => {
    expect(findProducts(query).map((product) => product.sku)).toEqual(skus);
  });

  it('shows everything when it asks for nothing', () => {
    expect(findProducts({ search: '  ' })).toEqual(PRODUCTS);
  });
});
