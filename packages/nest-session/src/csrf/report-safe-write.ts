import type { ExchangeState } from '../exchange/exchange-state.js';
import { requestName } from '../exchange/exchange-state.js';
import { isSafeMethod } from '../http/contract.js';

/**
 * Tells the developer of a GET that changes what belongs to somebody signed in (ASVS 3.5.3). A
 * login is none of that: it is how the redirects of identity providers come back.
 */
export function reportSafeWrite(state: ExchangeState): void {
  const { runtime, facts, entered, cameSignedIn } = state;
  if (!entered || !cameSignedIn || !runtime.policy.reportsSafeMethodWrites) return;
  if (!isSafeMethod(facts.method)) return;
  const isEnded = entered.presence.kind === 'ended' && entered.presence.here;
  if (!isEnded && !entered.changesData) return;
  const what = `${requestName(state)} ${isEnded ? 'ended' : 'changed'}`;
  runtime.warnings.once(
    'safe-method-write',
    `${what} the session of somebody signed in: any page can cause that with a link; ` +
      'use POST, or csrf.safeMethodWrites: "allow"',
    what,
  );
}
