import type { INestApplication } from '@nestjs/common';
import { SessionUsageError } from '../errors.js';
import { SessionExchange } from '../exchange/session-exchange.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { PrincipalInput } from '../session/principal.js';
import { SESSION_RUNTIME } from '../tokens.js';
import type { TestAgent } from './test-agent.js';

/**
 * Signs a client in as `session.login(principal)` in a handler would: a new id, and the properties it
 * had before. No route of the application runs, so it works whatever guards there are. Rejects with
 * `SessionUsageError` when `principal` is none, `cookie.secure` forbids cookies over plain http, or the
 * login is refused.
 */
export async function signIn(
  agent: Pick<TestAgent, 'app' | 'cookieHeader' | 'keep'>,
  principal: PrincipalInput,
): Promise<void> {
  const runtime = runtimeOf(agent.app);
  // Nobody sent this: the session is bound to whoever uses it first.
  const policy = { ...runtime.policy, binding: UNBOUND };
  const facts = factsOf(agent.cookieHeader);
  const own = runtime.forRequest?.(facts) ?? runtime;
  const exchange = new SessionExchange({ ...own, policy }, facts);
  await exchange.open();
  await exchange.handle.login(principal);
  const draft = { status: 200, header: () => undefined, body: undefined };
  const { cookies, replacement } = await exchange.respond(draft);
  if (replacement) throw new SessionUsageError(`nobody was signed in: ${replacement.body}`);
  for (const cookie of cookies) agent.keep(cookie);
}

const UNBOUND = { userAgent: 'off', ip: 'off' } as const;

/** The runtime is private to the session module, which may lie in any module of the application. */
function runtimeOf(app: INestApplication): SessionRuntime {
  return app.get<SessionRuntime>(SESSION_RUNTIME, { strict: false });
}

/** A request that nobody sent, over plain http from this machine. */
function factsOf(cookieHeader: string): RequestFacts {
  return {
    method: 'POST',
    target: '/',
    secure: false,
    host: undefined,
    ip: '127.0.0.1',
    header: (name) => (name === 'cookie' && cookieHeader !== '' ? cookieHeader : undefined),
  };
}
