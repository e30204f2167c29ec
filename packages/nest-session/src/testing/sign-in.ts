import type { INestApplication } from '@nestjs/common';
import { SessionUsageError } from '../errors.js';
import { SessionExchange } from '../exchange/session-exchange.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import { RESPONSE_HEADERS } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { PrincipalInput } from '../session/principal.js';
import { SESSION_RUNTIME } from '../tokens.js';
import type { TestAgent } from './test-agent.js';

/** What is used of a {@link TestAgent}. */
type SignedInAgent = Pick<
  TestAgent,
  'app' | 'cookieHeader' | 'authorizationHeader' | 'sessionToken' | 'keep'
>;

/**
 * Signs a client in as `session.login(principal)` in a handler would: a new id, and the properties it
 * had before. The agent keeps its cookies, or its `sessionToken` where ids travel in headers. No route
 * of the application runs, so it works whatever guards there are. Rejects with `SessionUsageError` when
 * `principal` is none, `cookie.secure` forbids ids over plain http, or the login is refused.
 */
export async function signIn(agent: SignedInAgent, principal: PrincipalInput): Promise<void> {
  const runtime = runtimeOf(agent.app);
  // Nobody sent this: the session is bound to whoever uses it first.
  const policy = { ...runtime.policy, binding: UNBOUND };
  const facts = factsOf(agent);
  const own = runtime.forRequest?.(facts) ?? runtime;
  const exchange = new SessionExchange({ ...own, policy }, facts);
  await exchange.open();
  await exchange.handle.login(principal);
  const draft = { status: 200, header: () => undefined, body: undefined };
  const { cookies, headers, replacement } = await exchange.respond(draft);
  if (replacement) throw new SessionUsageError(`nobody was signed in: ${replacement.body}`);
  for (const cookie of cookies) agent.keep(cookie);
  agent.sessionToken = headers[RESPONSE_HEADERS.sessionToken] ?? agent.sessionToken;
}

const UNBOUND = { userAgent: 'off', ip: 'off' } as const;

/** The runtime is private to the session module, which may lie in any module of the application. */
function runtimeOf(app: INestApplication): SessionRuntime {
  return app.get<SessionRuntime>(SESSION_RUNTIME, { strict: false });
}

/** A request that nobody sent, over plain http from this machine. */
function factsOf({ cookieHeader, authorizationHeader }: SignedInAgent): RequestFacts {
  const sent: Record<string, string | undefined> = {
    cookie: cookieHeader === '' ? undefined : cookieHeader,
    authorization: authorizationHeader,
  };
  return {
    method: 'POST',
    target: '/',
    secure: false,
    host: undefined,
    ip: '127.0.0.1',
    header: (name) => sent[name.toLowerCase()],
  };
}
