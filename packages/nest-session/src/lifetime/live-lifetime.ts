import type { LoginOptions } from '../session/login-options.js';
import type { RecordingBag } from '../session/recording-bag.js';
import { checkIdleTimeout, type Lifetime, type LifetimeFacts, lifetimeOf } from './lifetime.js';
import type { Timeouts } from './timeout-profiles.js';

interface LifetimeRules {
  readonly policy: Timeouts;
  now(): number;
}

/** The lifetime of the session of one request, with what the request changes about it. */
export class LiveLifetime {
  constructor(
    private readonly rules: LifetimeRules,
    private readonly system: RecordingBag,
  ) {}

  /** As it will be once the request is stored. */
  get current(): Lifetime {
    return this.of(this.#facts);
  }

  /**
   * The absolute timeout as it runs from a login at that instant. Counted from now, one with an `until`
   * would shrink with every new id, and the list of its principal would forget a living session.
   */
  absoluteTimeoutFrom(loginMs: number): number {
    return lifetimeOf(this.#facts, this.rules.policy, loginMs).absoluteTimeoutMs;
  }

  get #facts(): LifetimeFacts {
    const { system } = this;
    return {
      idleMs: system.get('idleMs'),
      remember: system.get('remember'),
      until: system.get('until'),
    };
  }

  /** As the system part of a record says. */
  of(facts: LifetimeFacts): Lifetime {
    return lifetimeOf(facts, this.rules.policy, this.rules.now());
  }

  /** Whether the idle timeout is another than in that record. */
  differsFrom(facts: LifetimeFacts): boolean {
    const { idleMs, remember } = this.#facts;
    if (idleMs === facts.idleMs && remember === facts.remember) return false;
    return this.of(facts).idleTimeoutMs !== this.current.idleTimeoutMs;
  }

  /** Undefined: as the options say. Throws `SessionUsageError` beyond the absolute timeout. */
  setIdleTimeout(ms: number | undefined): void {
    if (ms === undefined) this.system.delete('idleMs');
    else this.system.set('idleMs', checkIdleTimeout(ms, this.current.absoluteTimeoutMs));
  }

  /** A login decides anew who is remembered; an idle timeout of its own stays with the session. */
  begin({ remember, until }: LoginOptions): void {
    this.#setOrDelete('remember', remember || undefined);
    this.#setOrDelete('until', until);
  }

  #setOrDelete(name: string, value: unknown): void {
    if (value === undefined) this.system.delete(name);
    else this.system.set(name, value);
  }
}
