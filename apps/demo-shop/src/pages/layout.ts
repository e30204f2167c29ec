import { type Html, html } from '../html/html.js';
import { dock } from './dock.js';
import { csrfField } from './form-parts.js';
import type { Page } from './page.js';
import type { PageContext } from './page-context.js';

/** Addresses of the static files, with the digest of their contents. */
export interface AssetAddresses {
  readonly styles: string;
  readonly script: string;
  readonly icon: string;
}

export const SHOP_NAME = 'The Wings';

/** The whole document around a page's body. */
export function layout(page: Page, context: PageContext, assets: AssetAddresses): Html {
  return html`<!doctype html>
<html lang="en" data-theme="${context.preferences.theme}">
<head>
  <meta charset="utf-8">
  <title>${page.title} · ${SHOP_NAME}</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="${colorScheme(context)}">
  <link rel="icon" type="image/svg+xml" href="${assets.icon}">
  <link rel="stylesheet" href="${assets.styles}">
  <script type="module" src="${assets.script}"></script>
</head>
<body>
  <a class="skip" href="#main">Skip to content</a>
  ${header(context)}
  <main id="main" tabindex="-1">${page.body(context)}</main>
  ${footer(context)}
  ${dock(context.dock)}
</body>
</html>
`;
}

function colorScheme({ preferences }: PageContext): string {
  return preferences.theme === 'system' ? 'light dark' : preferences.theme;
}

function header(context: PageContext): Html {
  return html`<header class="masthead">
    <a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span>${SHOP_NAME}</a>
    <form class="search" role="search" action="/" method="get">
      <label class="visually-hidden" for="search">Search the shop</label>
      <input id="search" name="search" type="search" maxlength="64" placeholder="Search the shop">
      <button class="quiet">Search</button>
    </form>
    <nav aria-label="Shop"><ul class="menu">
      ${link(context, '/orders', 'Orders')}
      ${link(context, '/preferences', 'Preferences')}
      ${
        context.username === undefined
          ? link(context, '/sign-in', 'Sign in')
          : link(context, '/account', context.username)
      }
      <li><a class="basket" href="/cart"${current(context, '/cart')}>Basket
        <span class="count num" data-cart-count>${context.cartQuantity}</span></a></li>
    </ul></nav>
  </header>`;
}

function link(context: PageContext, href: string, text: string): Html {
  return html`<li><a href="${href}"${current(context, href)}>${text}</a></li>`;
}

function current(context: PageContext, href: string): Html | false {
  return context.path.split('?')[0] === href && html` aria-current="page"`;
}

function footer(context: PageContext): Html {
  return html`<footer class="colophon">
    <p>${SHOP_NAME} is a demonstration. Nothing here is for sale, and every node of it may be
      killed at any time: your basket will not notice.</p>
    ${
      context.username !== undefined &&
      html`<form method="post" action="/sign-out">
        ${csrfField(context)}
        <button class="link">Sign out ${context.username}</button>
      </form>`
    }
  </footer>`;
}
