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
  return {
    request,
    get: (path, options) => request('GET', path, options),
    post: (path, body, options) => request('POST', path, { ...options, body }),
    put: (path, body, options) => request('PUT', path, { ...options, body }),
    patch: (path, body, options) => request('PATCH', path, { ...options, body }),
    delete: (path, options) => request('DELETE', path, options),
  };
}
