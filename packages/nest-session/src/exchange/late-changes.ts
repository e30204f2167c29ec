import { SessionUsageError } from '../errors.js';
import { type ExchangeState, requestName } from './exchange-state.js';

/** How far the response of an exchange is; `ended`: nothing stores a change by itself any more. */
export interface ResponseProgress {
  readonly response: 'open' | 'settling' | 'ended';
}

const MESSAGE =
  'the session was changed after its response had ended, and nothing stored that: ' +
  'call session.save() in the same turn of the event loop, or use session.update()';

/**
 * What an application changes when its response has ended. It may, and has one turn to save it; without
 * this such a change would be lost and nobody told. Made when it happens, which it does in few requests.
 */
export class LateChanges {
  #isNoted = false;
  #isUnsaved = false;
  #isLogged = false;
  #storing = 0;

  constructor(
    private readonly state: ExchangeState,
    private readonly progress: ResponseProgress,
  ) {}

  /** The properties were looked at: with that an application may change what is inside one. */
  read(): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    setImmediate(() => this.judge());
  }

  /** Throws in strict mode when an earlier change was not saved. */
  write(): void {
    if (this.#isUnsaved && this.state.runtime.policy.strict) throw new SessionUsageError(MESSAGE);
    this.read();
  }

  /** Runs what stores all that was changed until now, or drops it on purpose. */
  async storing<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#storing++;
    this.#isNoted = false;
    try {
      const result = await work();
      this.#isUnsaved = false;
      return result;
    } finally {
      this.#storing--;
      this.judge();
    }
  }

  /** Reports what was changed and is neither stored nor being stored. */
  judge(): void {
    if (!this.#isNoted || this.#storing > 0 || this.progress.response === 'settling') return;
    this.#isNoted = false;
    const { entered } = this.state;
    if (entered?.presence.kind !== 'present') return;
    try {
      if (entered.changed) this.#report(MESSAGE);
    } catch (error) {
      this.#report((error as Error).message);
    }
  }

  /** Once for a request, however often it goes on. */
  #report(message: string): void {
    this.#isUnsaved = true;
    if (this.#isLogged) return;
    this.#isLogged = true;
    this.state.runtime.logger.error(`${requestName(this.state)}: ${message}`);
  }
}
