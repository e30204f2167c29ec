import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type DescribedError, describeError } from './describe-error.js';
import { errorPage } from './error-page.js';
import { PageContexts, type ShopRequest } from './page-contexts.js';
import { PageRenderer } from './page-renderer.js';

/** Everything that goes wrong ends here: as a page for people, as a problem for programs. */
@Catch()
export class ShopExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger(ShopExceptionFilter.name);

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly contexts: PageContexts,
    private readonly renderer: PageRenderer,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<ShopRequest>();
    const response = host.switchToHttp().getResponse<unknown>();
    const described = describeError(error);
    if (described.code === 'internal') this.#logger.error(error);
    const adapter = this.adapterHost.httpAdapter;
    if (adapter.isHeadersSent(response)) return;
    for (const [name, value] of Object.entries(described.headers)) {
      adapter.setHeader(response, name, value);
    }
    const body = wantsPage(request)
      ? this.renderer.render(errorPage(described), this.contexts.withoutPlace(request), response)
      : this.#problem(described, response);
    adapter.reply(response, body, described.status);
  }

  #problem({ document }: DescribedError, response: unknown): string {
    this.adapterHost.httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    return JSON.stringify(document);
  }
}

/** Browsers ask for HTML; the API and the session's own endpoints answer programs. */
function wantsPage(request: ShopRequest): boolean {
  const path = request.originalUrl ?? request.url;
  if (/^\/(api|session)(\/|\?|$)/.test(path)) return false;
  return String(request.headers.accept ?? '').includes('text/html');
}
