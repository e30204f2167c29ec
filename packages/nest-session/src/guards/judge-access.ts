import { AuthenticationRequiredError, SessionError } from '../errors.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import type { SessionEvents } from '../session-events.js';

/** What a guard refuses, as opposed to what it could not find out. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/** Lets `judge` decide, and tells whoever keeps an audit log when it refuses (ASVS 16.3.2). */
export function judgeAccess(
  events: SessionEvents,
  exchange: SessionExchange | undefined,
  judge: (exchange: SessionExchange) => void,
): true {
  if (!exchange) throw new AuthenticationRequiredError();
  try {
    judge(exchange);
    return true;
  } catch (error) {
    if (error instanceof SessionError && REFUSALS.has(error.getStatus())) {
      const principal = exchange.principal?.id;
      const { ip } = exchange.facts;
      const who = principal === undefined ? {} : { principal };
      events.emit({ kind: 'access-refused', reason: error.code, ...who, ip });
    }
    throw error;
  }
}
