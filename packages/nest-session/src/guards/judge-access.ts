import { AuthenticationRequiredError, ForbiddenError, SessionError } from '../errors.js';
import type { SessionExchange } from '../exchange/session-exchange.js';

/** What a guard refuses, as opposed to what it could not find out. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/** Lets `judge` decide, and tells whoever keeps an audit log when it refuses (ASVS 16.3.2). */
export function judgeAccess(
  exchange: SessionExchange | undefined,
  judge: (exchange: SessionExchange) => void,
): true {
  if (!exchange) throw new AuthenticationRequiredError();
  try {
    judge(exchange);
    return true;
  } catch (error) {
    if (error instanceof SessionError && REFUSALS.has(error.getStatus())) tell(exchange, error);
    throw error;
  }
}

/** Of a role that is missing the principal says enough: such an event never had a reason. */
function tell(exchange: SessionExchange, error: SessionError): void {
  const principal = exchange.principal?.id;
  const who = principal === undefined ? {} : { principal };
  const why = error instanceof ForbiddenError ? {} : { reason: error.code };
  exchange.tell({ kind: 'access-refused', ...why, ...who, ip: exchange.facts.ip });
}
