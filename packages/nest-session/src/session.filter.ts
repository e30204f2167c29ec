import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SessionError } from './errors.js';
import { PROBLEM_CONTENT_TYPE } from './http/contract.js';
import { type AnyRequest, exchangeOf } from './platform/exchange-registry.js';

/**
 * Renders session errors as `application/problem+json`, and logs those that are defects of the
 * application; leaves all other errors alone.
 */
@Catch(SessionError)
export class SessionExceptionFilter implements ExceptionFilter<SessionError> {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(error: SessionError, host: ArgumentsHost): unknown {
    // GraphQL and gateways render errors themselves.
    if (host.getType() !== 'http') return error;
    const { httpAdapter } = this.host;
    const http = host.switchToHttp();
    const response: unknown = http.getResponse();
    if (error.getStatus() === 500) exchangeOf(http.getRequest<AnyRequest>())?.reportDefect(error);
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return undefined;
    }
    for (const [name, value] of Object.entries(error.headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.setHeader(response, 'Content-Type', PROBLEM_CONTENT_TYPE);
    // As text: of an object Nest 11 would make plain `application/json`, and log that it had to.
    httpAdapter.reply(response, JSON.stringify(error.problem), error.getStatus());
    return undefined;
  }
}
