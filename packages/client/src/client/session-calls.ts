import type {
  PendingCall,
  RequestOptions,
  SessionCalls,
  SessionResponse,
} from './session-client.js';

/** Carries out one call, repetitions included. */
export type Send = (
  method: string,
  path: string,
  options: RequestOptions,
) => Promise<SessionResponse>;

/** The methods of a client over one way of sending. */
export function createCalls(send: Send): SessionCalls {
  const request: SessionCalls['request'] = <Data>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ) => {
    const answer = send(method, path, options) as Promise<SessionResponse<Data>>;
    return Object.assign(answer, {
      json: () => answer.then(({ data }) => data),
    }) as PendingCall<Data>;
  };
  const withBody =
    (method: string): SessionCalls['post'] =>
    (path, body, options) =>
      request(method, path, { ...options, body });
  return {
    request,
    get: (path, options) => request('GET', path, options),
    post: withBody('POST'),
    put: withBody('PUT'),
    patch: withBody('PATCH'),
    delete: (path, options) => request('DELETE', path, options),
  };
}
