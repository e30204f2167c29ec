import type { ExecutionContext } from '@nestjs/common';
import { SessionError } from '../errors.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { attachmentOf } from '../websocket/attachments.js';
import { gatewayRefusal } from '../websocket/gateway-refusal.js';
import { contextExchange } from './request-of.js';

type Exchange = SessionExchange | undefined;

/**
 * What `judge` makes of the session behind a context. In a gateway the session is looked at anew, as
 * it is now, and a refusal becomes a `WsException`.
 */
export function withExchange<Result>(
  context: ExecutionContext,
  judge: (exchange: Exchange) => Result,
): Result | Promise<Result> {
  if (context.getType<string>() !== 'ws') return judge(contextExchange(context));
  return inGateway(context, judge);
}

async function inGateway<Result>(
  context: ExecutionContext,
  judge: (exchange: Exchange) => Result,
): Promise<Result> {
  try {
    const attached = await attachmentOf(context.switchToWs().getClient<object>());
    return judge(await attached?.exchange());
  } catch (error) {
    throw error instanceof SessionError ? await gatewayRefusal(error) : error;
  }
}
