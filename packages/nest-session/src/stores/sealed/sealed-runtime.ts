import type { SessionRuntime } from '../../exchange/session-runtime.js';
import type { RequestFacts } from '../../http/request-facts.js';
import { KeyRing } from '../../identity/key-ring.js';
import type { InCookies } from '../session-store-source.js';
import { RequestSession } from './request-session.js';
import { SealingKeys } from './sealing-keys.js';
import { tokenLimit } from './token-limit.js';

/** Makes what a request runs with, when it carries its session itself. */
export function sealedRuntime(
  runtime: SessionRuntime,
  secrets: readonly string[],
  { audience, tellEnd }: InCookies,
): (facts: RequestFacts) => SessionRuntime {
  const keys = new SealingKeys(secrets, audience);
  const seenKeys = new KeyRing(secrets, 'route');
  const { cookies } = runtime.policy;
  const limit = tokenLimit(cookies.secureName, cookies);
  return (facts) => {
    const session = new RequestSession({
      keys,
      seenKeys,
      limit,
      now: runtime.now,
      refused: () => runtime.emit({ kind: 'cookie-refused', ip: facts.ip }),
      ended: tellEnd,
    });
    return { ...runtime, store: session, verified: session, routes: session, sealed: session };
  };
}
