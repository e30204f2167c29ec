import type { Html } from '../html/html.js';
import type { PageContext } from './page-context.js';

/** A page to be put into the layout. Its body is made when the session is known. */
export interface Page {
  readonly kind: 'page';
  /** Of the browser's tab; the shop's name is added. Most specific part first. */
  readonly title: string;
  readonly status: number;
  readonly body: (context: PageContext) => Html;
}

/** Go and GET another page, so that reloading it repeats nothing (303). */
export interface SeeOther {
  readonly kind: 'see-other';
  readonly location: string;
}

/** What a handler for pages returns. */
export type Reply = Page | SeeOther;

export function page(
  title: string,
  body: (context: PageContext) => Html,
  options: { readonly status?: number } = {},
): Page {
  return { kind: 'page', title, status: options.status ?? 200, body };
}

/** `location` must be a path of this shop; see `localPath` for text from a request. */
export function seeOther(location: string): SeeOther {
  return { kind: 'see-other', location };
}
