import type { Socket } from 'node:net';
import { BUS_FAREWELL_MS, BUS_MAX_OUTBOUND_BYTES, BUS_MAX_PINGS_OUT } from '../limits.js';
import { OutboundBuffer } from './outbound.js';
import { ProtocolParser } from './parser.js';
import type { Session, SessionOutput } from './session.js';

export interface ConnectionOptions {
  readonly socket: Socket;
  /** The first line of the conversation. */
  readonly greeting: string;
  readonly createSession: (output: SessionOutput) => Session;
  readonly authTimeoutMs: number;
  /** Default {@link BUS_MAX_OUTBOUND_BYTES}. */
  readonly maxOutboundBytes?: number | undefined;
  /** Called once when there is something to flush. */
  readonly onDirty: (connection: Connection) => void;
  readonly onGone: (connection: Connection) => void;
}

/** One client's socket: bytes in to its session, answers out, bounded and in few writes. */
export class Connection implements SessionOutput {
  readonly #parser = new ProtocolParser();
  readonly #outbound = new OutboundBuffer();
  readonly #session: Session;
  readonly #authTimer: NodeJS.Timeout;
  readonly #maxOutboundBytes: number;
  #pingsOut = 0;
  #dirty = false;
  #state: 'open' | 'ending' | 'gone' = 'open';

  constructor(private readonly options: ConnectionOptions) {
    const { socket } = options;
    this.#maxOutboundBytes = options.maxOutboundBytes ?? BUS_MAX_OUTBOUND_BYTES;
    this.#session = options.createSession(this);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    // A reset is an end like any other; without a listener it would end the process.
    socket.on('error', () => this.cut());
    socket.on('close', () => this.cut());
    this.#authTimer = setTimeout(() => this.#expectAuthorized(), options.authTimeoutMs);
    this.text(options.greeting);
  }

  text(text: string): void {
    if (this.#state !== 'open') return;
    this.#outbound.text(text);
    this.#grown();
  }

  append(payload: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#outbound.append(payload);
    this.#grown();
  }

  flush(): void {
    this.#dirty = false;
    if (this.#state === 'gone' || this.#outbound.bytes === 0) return;
    const { socket } = this.options;
    socket.cork();
    for (const piece of this.#outbound.take()) socket.write(piece);
    socket.uncork();
  }

  /** Asks whether the client is still there; gives it up when it did not answer before. */
  ping(): void {
    if (this.#state !== 'open') return;
    if (this.#pingsOut >= BUS_MAX_PINGS_OUT) this.#session.fail('Stale Connection');
    else {
      this.#pingsOut += 1;
      this.text('PING\r\n');
    }
  }

  /** Refuses or dismisses the client with an error. */
  dismiss(reason: string): void {
    if (this.#state === 'open') this.#session.fail(reason);
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.flush();
    this.#state = 'ending';
    this.#session.leave();
    clearTimeout(this.#authTimer);
    const { socket } = this.options;
    socket.destroySoon();
    setTimeout(() => this.cut(), BUS_FAREWELL_MS).unref();
  }

  /** Drops the connection with all that was still to be sent. */
  cut(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    clearTimeout(this.#authTimer);
    this.#session.leave();
    this.#outbound.take();
    this.options.socket.destroy();
    this.options.onGone(this);
  }

  #receive(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    this.#pingsOut = 0;
    for (const operation of this.#parser.feed(chunk)) this.#session.handle(operation);
  }

  /** What a slow reader has not taken is bounded; then it is the reader that is dropped. */
  #grown(): void {
    const waiting = this.#outbound.bytes + this.options.socket.writableLength;
    if (waiting > this.#maxOutboundBytes) this.cut();
    else if (!this.#dirty) {
      this.#dirty = true;
      this.options.onDirty(this);
    }
  }

  #expectAuthorized(): void {
    if (this.#state === 'open' && !this.#session.authorized) {
      this.#session.fail('Authentication Timeout');
    }
  }
}
