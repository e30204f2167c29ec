import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import type { Reply } from './page.js';
import { PageContexts } from './page-contexts.js';
import { PageRenderer } from './page-renderer.js';

/** For controllers whose handlers return pages: puts them into the layout. */
@Injectable()
export class PageInterceptor implements NestInterceptor<Reply, string> {
  constructor(
    private readonly contexts: PageContexts,
    private readonly renderer: PageRenderer,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<Reply>): Observable<string> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      mergeMap(async (reply) => {
        const response: unknown = http.getResponse();
        if (reply.kind === 'see-other') return this.renderer.redirect(reply, response);
        return this.renderer.render(reply, await this.contexts.of(http.getRequest()), response);
      }),
    );
  }
}
