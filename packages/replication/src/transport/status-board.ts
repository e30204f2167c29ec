import { TransportClosedError } from '../errors.js';
import type { TransportStatus, TransportSubscription } from './transport.js';
import { guarded, type TransportLogger } from './transport-logger.js';

type Listener = (status: TransportStatus) => void;

/** The present status of a transport and who wants to know; `closed` is final. */
export class StatusBoard {
  #status: TransportStatus;
  readonly #listeners = new Set<{ readonly call: Listener }>();

  constructor(
    initial: TransportStatus,
    private readonly logger: TransportLogger,
  ) {
    this.#status = initial;
  }

  get current(): TransportStatus {
    return this.#status;
  }

  /** Tells the listeners, unless nothing changed. */
  set(status: TransportStatus): void {
    if (this.#status.kind === 'closed' || this.#status.kind === status.kind) return;
    this.#status = status;
    for (const listener of [...this.#listeners]) {
      if (this.#listeners.has(listener)) this.#tell(listener.call, status);
    }
    if (status.kind === 'closed') this.#listeners.clear();
  }

  listen(call: Listener): TransportSubscription {
    const listener = { call };
    this.#listeners.add(listener);
    this.#tell(call, this.#status);
    return { unsubscribe: () => this.#listeners.delete(listener) };
  }

  /**
   * Resolves when connected.
   *
   * @throws TransportClosedError
   */
  whenConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#status.kind === 'connected') return resolve();
      if (this.#status.kind === 'closed') return reject(new TransportClosedError());
      const listener = this.listen(({ kind }) => {
        if (kind === 'disconnected') return;
        listener.unsubscribe();
        if (kind === 'connected') resolve();
        else reject(new TransportClosedError());
      });
    });
  }

  #tell(call: Listener, status: TransportStatus): void {
    guarded(this.logger, 'a status listener', () => call(status));
  }
}
