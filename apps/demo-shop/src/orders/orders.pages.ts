import { productArt } from '../catalogue/art.js';
import { type Html, html } from '../html/html.js';
import { formatDate } from '../money/format.js';
import { notice } from '../pages/form-parts.js';
import { money } from '../pages/money-text.js';
import { nodeBadge } from '../pages/node-badge.js';
import type { PageContext } from '../pages/page-context.js';
import type { Order, OrderItem } from './order.js';

export function ordersPage(context: PageContext, orders: readonly Order[]): Html {
  return html`<h1>Your orders</h1>
    ${
      orders.length === 0
        ? html`<p>None yet.${
            context.username === undefined &&
            html` Orders of an account are listed once you <a href="/sign-in?next=/orders">sign in</a>.`
          }</p>`
        : html`<div class="table-frame"><table class="lines">
      <caption class="visually-hidden">Your orders, newest first</caption>
      <thead><tr><th scope="col">Order</th><th scope="col">Placed</th>
        <th scope="col" class="num">Pieces</th><th scope="col" class="num">Total</th></tr></thead>
      <tbody>${orders.map((order) => summaryRow(context, order))}</tbody>
    </table></div>`
    }`;
}

function summaryRow(context: PageContext, order: Order): Html {
  const pieces = order.items.reduce((sum, item) => sum + item.quantity, 0);
  return html`<tr>
    <th scope="row"><a href="/orders/${order.id}" class="num">${order.id}</a></th>
    <td>${formatDate(order.placedAtMs, context.preferences.language)}</td>
    <td class="num">${pieces}</td>
    <td class="num">${money(context, order.total, order.currency)}</td>
  </tr>`;
}

/** An order; `placed` says that it is the confirmation the visitor has been waiting for. */
export function orderPage(context: PageContext, order: Order, placed: boolean): Html {
  return html`<h1>${placed ? 'Thank you. You’re on.' : `Order ${order.id}`}</h1>
    ${placed && notice(`Your order ${order.id} is placed. It was written exactly once.`)}
    <div class="table-frame"><table class="lines">
      <caption class="visually-hidden">What you ordered</caption>
      <thead><tr><th scope="col">Product</th><th scope="col" class="num">Quantity</th>
        <th scope="col" class="num each">Each</th><th scope="col" class="num">Total</th></tr></thead>
      <tbody>${order.items.map((item) => itemRow(context, order, item))}</tbody>
      <tfoot><tr><th scope="row" colspan="3">Total, delivery included</th>
        <td class="num total">${money(context, order.total, order.currency)}</td></tr></tfoot>
    </table></div>
    <dl class="facts">
      <div><dt>Order</dt><dd class="num">${order.id}</dd></div>
      <div><dt>Placed</dt><dd>${formatDate(order.placedAtMs, context.preferences.language)} UTC,
        on ${nodeBadge(order.placedBy)}</dd></div>
      ${order.contact !== null && html`<div><dt>For</dt><dd>${order.contact.name}<br>${order.contact.email}</dd></div>`}
      ${order.delivery !== null && address(order.delivery)}
      ${
        order.payment !== null &&
        html`<div><dt>Paid with</dt><dd>Card ending in <span class="num">${order.payment.lastFour}</span></dd></div>`
      }
    </dl>
    <p class="actions"><a class="button" href="/">Back to the shop</a> <a href="/orders">All orders</a></p>`;
}

function itemRow(context: PageContext, order: Order, item: OrderItem): Html {
  return html`<tr>
    <th scope="row"><span class="thumb">${productArt(item.sku)}</span>${item.name}</th>
    <td class="num">${item.quantity}</td>
    <td class="num each">${money(context, item.price, order.currency)}</td>
    <td class="num">${money(context, item.total, order.currency)}</td>
  </tr>`;
}

function address(delivery: NonNullable<Order['delivery']>): Html {
  return html`<div><dt>Delivered to</dt><dd>${delivery.street}<br>${delivery.postcode} ${delivery.city}<br>
    ${delivery.country}</dd></div>`;
}
