import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Assets } from './assets.js';
import { layout } from './layout.js';
import type { Page, SeeOther } from './page.js';
import type { PageContext } from './page-context.js';
import { PAGE_HEADERS } from './security-headers.js';

/** Turns what a handler returned into a response, on Express and Fastify alike. */
@Injectable()
export class PageRenderer {
  constructor(
    private readonly assets: Assets,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Sets status and headers on the response; gives its body. */
  render(page: Page, context: PageContext, response: unknown): string {
    const adapter = this.adapterHost.httpAdapter;
    adapter.status(response, page.status);
    for (const [name, value] of Object.entries(PAGE_HEADERS)) {
      adapter.setHeader(response, name, value);
    }
    return layout(page, context, this.assets.addresses).markup;
  }

  /** The same for a redirect. */
  redirect({ location }: SeeOther, response: unknown): string {
    const adapter = this.adapterHost.httpAdapter;
    adapter.status(response, 303);
    adapter.setHeader(response, 'Location', location);
    adapter.setHeader(response, 'Cache-Control', 'private, no-store');
    return '';
  }
}
