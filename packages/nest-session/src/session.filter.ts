import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SessionError } from './errors.js';
import { PROBLEM_CONTENT_TYPE } from './http/contract.js';
import { socketProblem } from './websocket/gateway-refusal.js';

/**
 * Renders session errors as `application/problem+json`; leaves all other errors alone. In a gateway
 * (`@UseFilters(SessionExceptionFilter)`, because global filters do not run there) as the event `exception`.
 */
@Catch(SessionError)
export class SessionExceptionFilter implements ExceptionFilter<SessionError> {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(error: SessionError, host: ArgumentsHost): unknown {
    if (host.getType() === 'ws') return sendProblem(host, error);
    // GraphQL renders errors itself.
    if (host.getType() !== 'http') return error;
    const { httpAdapter } = this.host;
    const response: unknown = host.switchToHttp().getResponse();
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return undefined;
    }
    for (const [name, value] of Object.entries(error.headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.setHeader(response, 'Content-Type', PROBLEM_CONTENT_TYPE);
    httpAdapter.reply(response, error.problem, error.getStatus());
    return undefined;
  }
}

function sendProblem(host: ArgumentsHost, error: SessionError): undefined {
  const client = host.switchToWs().getClient<{ send(text: string): void }>();
  client.send(JSON.stringify({ event: 'exception', data: socketProblem(error) }));
  return undefined;
}
