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

/** The client of an HTTP request. */
export class RequestClient implements Client {
  readonly #runtime: SessionRuntime;
  readonly #facts: RequestFacts;

  constructor(runtime: SessionRuntime, facts: RequestFacts) {
    this.#runtime = runtime;
    this.#facts = facts;
  }

  get ip(): string {
    return this.#facts.ip;
  }

  admit(): Promise<void> {
    return admit(this.#runtime, this.#facts);
  }

  traits(): Readonly<Record<string, string>> | undefined {
    return traitsOf(this.#runtime, this.#facts);
  }

  device(): Device {
    return deviceOf(this.#facts);
  }
}
