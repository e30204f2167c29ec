import type { SessionSnapshot } from '@understudy/replication';
import type { SessionFacts } from '../exchange/session-facts.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import type { RequestFacts } from '../http/request-facts.js';
import { BINDING_KEY, STALE_LOGIN_KEY } from './binding-key.js';
import { BOUND_TRAITS, clientTrait } from './client-traits.js';
import { type ClientJudgement, judgeClient, type RememberedTraits } from './judge-client.js';

/** What a session that begins, or gets a new principal, is bound to; undefined for nothing. */
export function traitsOf(
  { policy }: SessionRuntime,
  facts: RequestFacts,
): Readonly<Record<string, string>> | undefined {
  const bound = BOUND_TRAITS.filter((trait) => policy.binding[trait] !== 'off');
  if (bound.length === 0) return undefined;
  return Object.fromEntries(bound.map((trait) => [trait, clientTrait(trait, facts)]));
}

/** Whether there is anything to judge: most applications bind their sessions to nothing. */
export function bindsClients({ policy }: SessionRuntime): boolean {
  return policy.binding.userAgent !== 'off' || policy.binding.ip !== 'off';
}

/** Judges the client of a request and tells of every change. */
export function examineClient(
  runtime: SessionRuntime,
  facts: RequestFacts,
  { key, document }: SessionSnapshot,
): ClientJudgement {
  const remembered = (document.system[BINDING_KEY] ?? {}) as RememberedTraits;
  const judgement = judgeClient(runtime.policy.binding, remembered, (trait) =>
    clientTrait(trait, facts),
  );
  for (const change of judgement.changes) {
    runtime.emit({ kind: 'client-changed', session: key, ip: facts.ip, ...change });
  }
  return judgement;
}

/** Notes in the session what was judged; stored with whatever else the request changes. */
export function applyJudgement(
  { bag: system }: SessionFacts,
  { changes, remember }: ClientJudgement,
): void {
  if (Object.keys(remember).length > 0) {
    const before = system.get(BINDING_KEY) as Record<string, string> | undefined;
    system.set(BINDING_KEY, { ...before, ...remember });
  }
  // Whoever it is may go on, but not where a fresh proof is asked for.
  if (changes.some(({ action }) => action === 'reauthenticate')) system.set(STALE_LOGIN_KEY, true);
}
