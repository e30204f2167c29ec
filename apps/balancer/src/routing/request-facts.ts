import type { IncomingMessage } from 'node:http';
import type { ConnectionFacts } from '../proxy/connection-facts.js';

/** What may decide where a request goes. */
export interface RequestFacts {
  readonly request: Pick<IncomingMessage, 'headers' | 'url'>;
  readonly connection: ConnectionFacts;
}
