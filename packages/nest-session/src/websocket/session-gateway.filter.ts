import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseWsExceptionFilter, WsException } from '@nestjs/websockets';
import { SessionError } from '../errors.js';
import { socketProblem } from './gateway-refusal.js';

interface NativeSocket {
  send(text: string): void;
}

/**
 * Tells clients of a gateway what went wrong, as the event `exception`: session errors with their
 * code, all others as Nest does. Without it the refusals of guards reach the client under Nest 12
 * alone, and what `save()` and `update()` refuse is an internal error.
 * `@UseFilters(new SessionGatewayFilter())`: global filters do not run in gateways.
 */
@Catch()
export class SessionGatewayFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const context = host.switchToWs();
    const client = context.getClient<NativeSocket>();
    const error =
      exception instanceof SessionError ? new WsException(socketProblem(exception)) : exception;
    // Of a socket of `ws` Nest 11 calls `emit`, which is its own and sends nothing.
    const sender = {
      emit: (event: string, data: unknown) => client.send(JSON.stringify({ event, data })),
    };
    const cause = { pattern: context.getPattern(), data: context.getData<unknown>() };
    this.handleError(sender, error, cause);
  }
}
