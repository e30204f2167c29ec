import type { ExecutionContext } from '@nestjs/common';
import { requestOf } from '../platform/request-of.js';

/** What tells that a response is over: Node's own, whether it ended or its client went away. */
export interface ClosingResponse {
  once(event: 'close', listener: () => void): unknown;
  readonly closed: boolean;
}

type AnyResponse = Partial<ClosingResponse> & { readonly raw?: ClosingResponse };

/** Node's response behind an execution context; undefined where there is none. */
export function responseOf(context: ExecutionContext): ClosingResponse | undefined {
  const response = given(context);
  if (response?.raw) return response.raw;
  return typeof response?.once === 'function' ? (response as ClosingResponse) : undefined;
}

function given(context: ExecutionContext): AnyResponse | undefined {
  if (context.getType<string>() === 'http') {
    return context.switchToHttp().getResponse<AnyResponse>();
  }
  const drivers = context.getArgByIndex<{ res?: AnyResponse; reply?: AnyResponse }>(2);
  const request = requestOf(context) as { readonly res?: AnyResponse } | undefined;
  return drivers?.res ?? drivers?.reply ?? request?.res;
}
