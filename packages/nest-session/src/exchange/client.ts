import { traitsOf } from '../binding/bind-client.js';
import type { RequestFacts } from '../http/request-facts.js';
import { type Device, deviceOf } from '../principals/device.js';
import { admit } from './admit.js';
import type { SessionRuntime } from './session-runtime.js';

/** What a session has to know of the client it belongs to, whatever it came over. */
export interface Client {
  /** Rejects when it may not begin another anonymous session. */
  admit(): Promise<void>;
  /** What its session is bound to; undefined for nothing. */
  traits(): Readonly<Record<string, string>> | undefined;
  device(): Device;
  readonly ip: string;
}

export function clientOf(runtime: SessionRuntime, facts: RequestFacts): Client {
  return {
    admit: () => admit(runtime, facts),
    traits: () => traitsOf(runtime, facts),
    device: () => deviceOf(facts),
    get ip() {
      return facts.ip;
    },
  };
}
