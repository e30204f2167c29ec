import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Assets } from './assets.js';
import { layout } from './layout.js';
import type { Reply } from './page.js';
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
  render(reply: Reply, context: PageContext, response: unknown): string {
    const adapter = this.adapterHost.httpAdapter;
    if (reply.kind === 'see-other') {
      adapter.status(response, 303);
      adapter.setHeader(response, 'Location', reply.location);
      adapter.setHeader(response, 'Cache-Control', 'private, no-store');
      return '';
    }
    adapter.status(response, reply.status);
    for (const [name, value] of Object.entries(PAGE_HEADERS)) {
      adapter.setHeader(response, name, value);
    }
    return layout(reply, context, this.assets.addresses).markup;
  }
}
