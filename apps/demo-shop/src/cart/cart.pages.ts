import { productArt } from '../catalogue/art.js';
import { type Html, html } from '../html/html.js';
import { LIMITS } from '../limits.js';
import { csrfField, notice } from '../pages/form-parts.js';
import { money } from '../pages/money-text.js';
import type { PageContext } from '../pages/page-context.js';
import type { CartLine, PricedCart } from './cart.js';

export interface CartPageFacts {
  readonly cart: PricedCart;
  /** Name of the product that was just added. */
  readonly added?: string | undefined;
  /** Why the last change was refused. */
  readonly refused?: string | undefined;
}

export function cartPage(context: PageContext, { cart, added, refused }: CartPageFacts): Html {
  return html`<h1>Your basket</h1>
    ${added !== undefined && notice(`${added} is in your basket.`)}
    ${refused !== undefined && html`<p class="notice warning" role="alert">${refused}</p>`}
    ${cart.lines.length === 0 ? emptyCart() : filledCart(context, cart)}`;
}

function emptyCart(): Html {
  return html`<p>There is nothing in it yet.</p>
    <p><a class="button" href="/">Look around</a></p>`;
}

function filledCart(context: PageContext, cart: PricedCart): Html {
  return html`<div class="table-frame"><table class="lines" data-cart>
      <caption class="visually-hidden">Products in your basket</caption>
      <thead><tr>
        <th scope="col">Product</th><th scope="col">Quantity</th>
        <th scope="col" class="num each">Each</th><th scope="col" class="num">Total</th>
      </tr></thead>
      <tbody>${cart.lines.map((line) => row(context, cart, line))}</tbody>
      <tfoot><tr>
        <th scope="row" colspan="3">Total, delivery included</th>
        <td class="num total" data-cart-total>${money(context, cart.total, cart.currency)}</td>
      </tr></tfoot>
    </table></div>
    <form class="actions" method="post" action="/checkout">
      ${csrfField(context)}
      <button class="primary">Check out</button>
      <a href="/">Keep looking</a>
    </form>`;
}

function row(context: PageContext, cart: PricedCart, line: CartLine): Html {
  const { product, quantity } = line;
  const action = `/cart/items/${product.sku}`;
  return html`<tr data-sku="${product.sku}">
    <th scope="row"><span class="thumb">${productArt(product.sku)}</span><a class="plain"
      href="/products/${product.sku}">${product.name}</a></th>
    <td><div class="quantity-forms">
      <form method="post" action="${action}" data-quantity>
        ${csrfField(context)}
        <label class="visually-hidden" for="quantity-${product.sku}">Quantity of ${product.name}</label>
        <input class="quantity num" id="quantity-${product.sku}" name="quantity" type="number"
          inputmode="numeric" min="0" max="${LIMITS.maxQuantity}" value="${quantity}" required>
        <button class="quiet">Update<span class="visually-hidden"> ${product.name}</span></button>
      </form>
      <form method="post" action="${action}">
        ${csrfField(context)}
        <input type="hidden" name="quantity" value="0">
        <button class="link">Remove<span class="visually-hidden"> ${product.name}</span></button>
      </form>
    </div></td>
    <td class="num each">${money(context, line.price, cart.currency)}</td>
    <td class="num" data-line-total>${money(context, line.total, cart.currency)}</td>
  </tr>`;
}
