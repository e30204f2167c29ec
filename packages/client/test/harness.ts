import { expect } from 'vitest';
import {
  createSessionClient,
  type SessionClient,
  type SessionClientOptions,
  SessionError,
} from '../src/index.js';
import {
  type Scripted,
  type ScriptedFetch,
  scriptedFetch,
  seededRandom,
} from './scripted-fetch.js';
import { createVirtualClock, type VirtualClock } from './virtual-clock.js';

export interface Harness extends ScriptedFetch {
  readonly client: SessionClient;
  readonly clock: VirtualClock;
  /** Cookies a browser would hold. */
  readonly cookies: Map<string, string>;
}

/** A client on a virtual clock, seeded randomness and a scripted network. */
export function createHarness(
  script: Scripted[],
  options: Partial<SessionClientOptions> = {},
): Harness {
  const clock = createVirtualClock();
  const network = scriptedFetch(...script);
  const cookies = new Map<string, string>();
  const client = createSessionClient({
    baseUrl: 'https://shop.test',
    fetch: network.fetch,
    clock,
    random: seededRandom(1),
    transport: { readCookie: (name) => cookies.get(name) },
    ...options,
  });
  return { client, clock, cookies, ...network };
}

/** The SessionError a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<SessionError> {
  const reason = await call.then(
    () => 'nothing: the call succeeded',
    (error: unknown) => error,
  );
  expect(reason).toBeInstanceOf(SessionError);
  return reason as SessionError;
}
