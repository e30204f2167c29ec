import { BUS_MAX_SUBSCRIPTIONS } from '../limits.js';
import { type BusCredentials, isAuthorized, needsAuthorization } from './authorization.js';
import { parseConnectOptions } from './connect-options.js';
import type {
  ClientOperation,
  ProtocolFault,
  PublishOperation,
  SubscribeOperation,
} from './operations.js';
import type { Receiver, Router, Subscription } from './router.js';
import { isPublishable, isSubscribable } from './subject-rules.js';

/** Where the answers of a session go. */
export interface SessionOutput {
  /** One character for each byte. */
  text(text: string): void;
  append(payload: Uint8Array): void;
  /** Ends the conversation after what was said so far. */
  end(): void;
}

const FAULTS: Readonly<Record<ProtocolFault, string | undefined>> = {
  'unknown-operation': 'Unknown Protocol Operation',
  'control-line': 'maximum control line exceeded',
  payload: 'Maximum Payload Violation',
  malformed: undefined,
};

const NO_RESPONDERS = 'NATS/1.0 503\r\n\r\n';

/** The conversation with one client: operations in, answers out. No sockets, no timers. */
export class Session implements Receiver {
  readonly #subscriptions = new Map<string, Subscription>();
  #authorized: boolean;
  #ended = false;
  // Until CONNECT says otherwise, nats-server is verbose and pedantic, for those who type by hand.
  #verbose = true;
  #pedantic = true;
  #headers = false;
  #noResponders = false;
  echo = true;

  constructor(
    private readonly router: Router,
    private readonly output: SessionOutput,
    private readonly credentials: BusCredentials,
  ) {
    this.#authorized = !needsAuthorization(credentials);
  }

  get authorized(): boolean {
    return this.#authorized;
  }

  handle(operation: ClientOperation): void {
    if (this.#ended) return;
    if (operation.op === 'connect') this.#connect(operation.json);
    else if (operation.op === 'fault') this.fail(FAULTS[operation.fault]);
    else if (!this.#authorized) this.fail('Authorization Violation');
    else if (operation.op === 'ping') this.output.text('PONG\r\n');
    else if (operation.op === 'sub') this.#subscribe(operation);
    else if (operation.op === 'unsub') this.#unsubscribe(operation.sid, operation.max);
    else if (operation.op === 'pub') this.#publish(operation);
  }

  deliver({ sid }: Subscription, { subject, replyTo, headers, payload }: PublishOperation): void {
    const reply = replyTo === undefined ? '' : `${replyTo} `;
    if (this.#headers && headers !== undefined && headers.byteLength > 0) {
      const total = headers.byteLength + payload.byteLength;
      this.output.text(`HMSG ${subject} ${sid} ${reply}${headers.byteLength} ${total}\r\n`);
      this.output.append(headers);
    } else this.output.text(`MSG ${subject} ${sid} ${reply}${payload.byteLength}\r\n`);
    this.output.append(payload);
    this.output.text('\r\n');
  }

  ended(subscription: Subscription): void {
    this.router.remove(subscription);
    this.#subscriptions.delete(subscription.sid);
  }

  /** Says why, if there is something to say, and ends the conversation. */
  fail(reason: string | undefined): void {
    if (reason !== undefined) this.#error(reason);
    this.#ended = true;
    this.output.end();
  }

  /** Forgets the client; to be called when its connection is gone. */
  leave(): void {
    this.#ended = true;
    for (const subscription of this.#subscriptions.values()) this.router.remove(subscription);
    this.#subscriptions.clear();
  }

  #connect(json: string): void {
    const options = parseConnectOptions(json);
    if (options === undefined) {
      this.fail(undefined);
      return;
    }
    if (!isAuthorized(this.credentials, options)) {
      this.fail('Authorization Violation');
      return;
    }
    this.#authorized = true;
    this.#verbose = options.verbose ?? this.#verbose;
    this.#pedantic = options.pedantic ?? this.#pedantic;
    this.#headers = options.headers ?? this.#headers;
    this.#noResponders = options.no_responders ?? this.#noResponders;
    this.echo = options.echo ?? this.echo;
    if (this.#noResponders && !this.#headers) this.fail('no responders requires headers support');
    else this.#ok();
  }

  #subscribe({ subject, queue, sid }: SubscribeOperation): void {
    if (!isSubscribable(subject)) {
      this.#error('Invalid Subject');
      return;
    }
    if (this.#subscriptions.size >= BUS_MAX_SUBSCRIPTIONS) {
      this.fail('maximum subscriptions exceeded');
      return;
    }
    if (!this.#subscriptions.has(sid)) {
      const subscription = { client: this, sid, subject, queue, delivered: 0, max: undefined };
      this.#subscriptions.set(sid, subscription);
      this.router.add(subscription);
    }
    this.#ok();
  }

  #unsubscribe(sid: string, max: number | undefined): void {
    const subscription = this.#subscriptions.get(sid);
    if (subscription !== undefined) {
      subscription.max = max;
      if (max === undefined || subscription.delivered >= max) this.ended(subscription);
    }
    this.#ok();
  }

  #publish(message: PublishOperation): void {
    if (message.headers !== undefined && !this.#headers) {
      this.fail(undefined);
      return;
    }
    if (this.#pedantic && !isPublishable(message.subject)) this.#error('Invalid Publish Subject');
    this.#ok();
    const delivered = this.router.route(this, message);
    if (!delivered && this.#noResponders && message.replyTo !== undefined) {
      this.#reportNobody(message.replyTo);
    }
  }

  #reportNobody(replyTo: string): void {
    const subscription = this.router.listening(this, replyTo);
    if (subscription === undefined) return;
    const size = NO_RESPONDERS.length;
    this.output.text(`HMSG ${replyTo} ${subscription.sid} ${size} ${size}\r\n${NO_RESPONDERS}\r\n`);
  }

  #ok(): void {
    if (this.#verbose) this.output.text('+OK\r\n');
  }

  #error(reason: string): void {
    this.output.text(`-ERR '${reason}'\r\n`);
  }
}
