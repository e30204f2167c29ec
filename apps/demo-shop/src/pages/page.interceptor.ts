import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
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
      map((reply) => {
        const pageContext = this.contexts.of(http.getRequest());
        return this.renderer.render(reply, pageContext, http.getResponse());
      }),
    );
  }
}
