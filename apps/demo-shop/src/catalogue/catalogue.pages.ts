import { type Html, html } from '../html/html.js';
import { LIMITS } from '../limits.js';
import { csrfField } from '../pages/form-parts.js';
import { price } from '../pages/money-text.js';
import type { PageContext } from '../pages/page-context.js';
import { productArt } from './art.js';
import type { ProductQuery } from './find-products.js';
import { CATEGORIES, type Product } from './product.js';

/** The catalogue, or what a search found of it. */
export function cataloguePage(
  context: PageContext,
  query: ProductQuery,
  products: readonly Product[],
): Html {
  const isHome = query.search === undefined && query.category === undefined;
  return html`${isHome ? welcome() : html`<h1>${heading(query)}</h1>`}
    <nav aria-label="Categories"><ul class="menu">
      <li><a href="/"${isHome && html` aria-current="page"`}>Everything</a></li>
      ${CATEGORIES.map(
        (category) =>
          html`<li><a href="/?category=${category}"${
            query.category === category && html` aria-current="page"`
          }>${category}</a></li>`,
      )}
    </ul></nav>
    ${products.length === 0 && html`<p>Nothing like that in the house. <a href="/">See everything</a>.</p>`}
    <ul class="grid">${products.map((product) => card(context, product))}</ul>`;
}

function welcome(): Html {
  return html`<section class="welcome">
    <h1>Goods for people who wait in the wings</h1>
    <p>Everything here is ready to go on at a moment’s notice. So is the shop: put something into
      your basket, stop the node that the strip below says you are on, and carry on shopping.</p>
  </section>`;
}

function heading({ search, category }: ProductQuery): string {
  if (search === undefined) return category ?? 'Everything';
  return category === undefined ? `Results for “${search}”` : `“${search}” in ${category}`;
}

function card(context: PageContext, product: Product): Html {
  return html`<li class="card"><a href="/products/${product.sku}">
    <span class="stage tint-${product.category.toLowerCase()}">${productArt(product.sku)}</span>
    <span class="card-name">${product.name}</span>
    <span class="card-summary">${product.summary}</span>
    <span class="price num">${price(context, product.priceCents)}</span>
  </a></li>`;
}

/** One product, with the form that puts it into the basket. */
export function productPage(context: PageContext, product: Product, inBasket: number): Html {
  return html`<nav aria-label="Breadcrumb"><ol class="menu crumbs">
      <li><a href="/">Everything</a></li>
      <li><a href="/?category=${product.category}">${product.category}</a></li>
    </ol></nav>
    <article class="product">
      <div class="stage tint-${product.category.toLowerCase()}">${productArt(product.sku)}</div>
      <div class="product-text">
        <h1>${product.name}</h1>
        <p class="lead">${product.summary}</p>
        <p class="price num">${price(context, product.priceCents)}</p>
        <form class="add" method="post" action="/cart/items">
          ${csrfField(context)}
          <input type="hidden" name="sku" value="${product.sku}">
          <label for="quantity">Quantity</label>
          <input class="quantity num" id="quantity" name="quantity" type="number" inputmode="numeric"
            min="1" max="${LIMITS.maxAddition}" value="1" required>
          <button class="primary">Add to basket</button>
        </form>
        ${inBasket > 0 && html`<p class="hint">${inBasket} in your <a href="/cart">basket</a> already.</p>`}
        <p>${product.description}</p>
      </div>
    </article>`;
}
