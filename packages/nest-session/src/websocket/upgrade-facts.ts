import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type RequestFacts, requestFacts } from '../http/request-facts.js';
import { flatCopy } from '../identity/flat-copy.js';

/** Upgrades do not pass through the framework: what it would make of forwarded headers is unknown. */
export function upgradeFacts(request: IncomingMessage, trustProxy: boolean): RequestFacts {
  const { socket, headers, url = '/' } = request;
  const facts = {
    method: 'GET',
    // Without the query: no id is taken from it.
    originalUrl: url.split('?', 1)[0] as string,
    headers,
    protocol: (socket as Partial<TLSSocket>).encrypted ? 'https' : 'http',
    ip: socket.remoteAddress,
  };
  return requestFacts(facts, trustProxy);
}

/** What is known of the client later on: a socket that kept its request would keep its id in memory. */
export function lastingFacts(facts: RequestFacts): RequestFacts {
  const { method, target, secure, host, ip } = facts;
  const agent = facts.header('user-agent');
  const kept = agent === undefined ? undefined : flatCopy(agent);
  return {
    method,
    target,
    secure,
    host: host === undefined ? undefined : flatCopy(host),
    ip: flatCopy(ip),
    header: (name) => (name === 'user-agent' ? kept : undefined),
  };
}
