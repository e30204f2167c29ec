import { QuotaExceededError } from '../errors.js';
import { rateLimitHeaders } from '../http/rate-limit-fields.js';
import type { RequestFacts } from '../http/request-facts.js';
import { addressKey, isLocalAddress } from '../rate-limit/client-address.js';
import { toField } from '../rate-limit/rate-limit-rule.js';
import { sharedScope } from '../rate-limit/shared-scope.js';
import type { SessionRuntime } from './session-runtime.js';

/**
 * Lets a client begin an anonymous session unless its address began too many: a limit inside the
 * session would protect nothing from someone who drops the cookie. Rejects with
 * `QuotaExceededError`, or as the engine does.
 */
export async function admit(runtime: SessionRuntime, { ip }: RequestFacts): Promise<void> {
  const rule = runtime.policy.newSessions;
  if (!rule || isLocalAddress(ip)) return;
  const { policy, cost } = rule;
  const scope = sharedScope(policy.name, 'ip', addressKey(ip));
  const decision = await runtime.store.consume({ scope, policy, cost });
  if (decision.allowed) return;
  runtime.emit({ kind: 'rate-limited', ip, policies: [policy.name], enforced: true });
  const field = toField(rule, decision);
  throw new QuotaExceededError([policy.name], field.resetSeconds, rateLimitHeaders(field));
}
