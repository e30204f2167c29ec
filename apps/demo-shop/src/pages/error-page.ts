import { type Html, html } from '../html/html.js';
import { type Page, page } from './page.js';
import type { PageContext } from './page-context.js';

export interface ErrorFacts {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Stable name of the problem, such as `csrf-invalid`. */
  readonly code: string;
}

/** What people see when something went wrong: what, what to do, and no stack. */
export function errorPage(facts: ErrorFacts): Page {
  const body = (context: PageContext): Html => html`<section class="error-page">
    <p class="error-code num">${facts.status}</p>
    <h1>${facts.title}</h1>
    <p>${facts.detail}</p>
    ${advice(facts, context)}
    <p class="hint">Name of this problem: <code>${facts.code}</code></p>
  </section>`;
  return page(facts.title, body, { status: facts.status });
}

function advice({ status, code }: ErrorFacts, { path }: PageContext): Html {
  if (code === 'csrf-invalid') {
    return html`<p>Go back, reload the page and send the form again. What you had saved is still
      there.</p>`;
  }
  if (status === 401) {
    const next = encodeURIComponent(path);
    return html`<p><a class="button" href="/sign-in?next=${next}">Sign in</a></p>`;
  }
  if (status === 503) return html`<p>Nothing was changed. Reload this page in a moment.</p>`;
  if (status === 504) {
    return html`<p>Look at <a href="/orders">your orders</a> and <a href="/cart">your basket</a>
      before you send it again.</p>`;
  }
  return html`<p><a class="button" href="/">To the shop</a></p>`;
}
