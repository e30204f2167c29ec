import type { SessionError } from '../errors.js';

/** What a client of a gateway is told of an error, beside the event `exception`. */
export interface SocketProblem {
  readonly status: 'error';
  /** As in `docs/http.md`. */
  readonly code: string;
  readonly message: string;
  readonly [extension: string]: unknown;
}

export function socketProblem(error: SessionError): SocketProblem {
  const { type: _type, title: _title, status: _status, detail, code, ...rest } = error.problem;
  return { ...rest, status: 'error', code, message: detail };
}

/** The same as an exception that gateways know. Loaded when it is needed: most applications have none. */
export async function gatewayRefusal(error: SessionError): Promise<Error> {
  const { WsException } = await import('@nestjs/websockets');
  return new WsException(socketProblem(error));
}
