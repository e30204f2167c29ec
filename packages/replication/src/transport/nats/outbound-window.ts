import { NATS_CONFIRM_EVERY_BYTES, NATS_MAX_UNCONFIRMED_BYTES } from '../limits.js';

/** Room for the command line of a message; only the order of magnitude matters. */
const LINE_BYTES = 64;

/**
 * Bounds what waits in a client's buffer and in the socket: counts the bytes handed over and those
 * the broker is known to have read.
 */
export class OutboundWindow {
  #sent = 0;
  #confirmed = 0;
  #asked = 0;

  constructor(
    private readonly maxBytes = NATS_MAX_UNCONFIRMED_BYTES,
    private readonly confirmEveryBytes = NATS_CONFIRM_EVERY_BYTES,
  ) {}

  /** Whether the message may be sent; if so, it counts as sent. */
  admit(payloadBytes: number): boolean {
    const bytes = payloadBytes + LINE_BYTES;
    if (this.#sent - this.#confirmed + bytes > this.maxBytes) return false;
    this.#sent += bytes;
    return true;
  }

  /** The mark to pass to `confirm` after a round trip begun now; undefined while none is due. */
  due(): number | undefined {
    if (this.#sent - this.#asked < this.confirmEveryBytes) return undefined;
    this.#asked = this.#sent;
    return this.#sent;
  }

  confirm(mark: number): void {
    this.#confirmed = Math.max(this.#confirmed, mark);
  }
}
