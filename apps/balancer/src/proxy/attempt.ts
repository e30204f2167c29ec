import type { Duplex } from 'node:stream';
import type { Timeouts } from '../limits.js';
import type { FailureKind } from '../retry/decide.js';
import type {
  Upstream,
  UpstreamCall,
  UpstreamFailure,
  UpstreamHandler,
  UpstreamHead,
  UpstreamRequest,
} from '../upstream/upstream.js';
import type { Deadline, Deadlines, Waiter } from './deadline.js';
import type { HeaderList } from './header-list.js';
import { isEventStream, notMineLabel } from './response-headers.js';
import type { ResponseSink } from './response-sink.js';

export type AttemptResult =
  /** The response went to the client; `complete` tells whether to its end. */
  | { readonly kind: 'answered'; readonly status: number; readonly complete: boolean }
  | { readonly kind: 'upgraded'; readonly head: UpstreamHead; readonly socket: Duplex }
  | {
      readonly kind: 'failed';
      readonly failure: FailureKind;
      /** The node itself refused or did not take the connection. */
      readonly refused?: boolean;
      /** Given up because health checks had failed, which say it all themselves. */
      readonly abandoned?: boolean;
      /** Label of the node to ask instead. */
      readonly notMine?: string;
    }
  /** The client went away. */
  | { readonly kind: 'cancelled' };

/** Whoever sends the request, to one node after the other if need be. */
export interface AttemptOwner {
  /** Whether the client still sends its body; while it does, the node is not the slow one. */
  readonly isUploading: boolean;
  /** Adds what is ours to the head of a response for the client. */
  dress(head: UpstreamHead): UpstreamHead;
  /**
   * The response is being passed on, so the request will not be repeated. `isStream`: it goes on for
   * as long as somebody listens.
   */
  onCommitted(isStream: boolean): void;
  /** Called once, in the middle of whatever has ended the attempt. */
  onResult(result: AttemptResult): void;
}

export interface AttemptOptions {
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  readonly sink: ResponseSink;
  readonly timeouts: Timeouts;
  readonly deadlines: Deadlines;
  readonly owner: AttemptOwner;
}

/** One request at one node, from the first byte written to the last byte passed on. */
export class Attempt implements UpstreamHandler, Waiter {
  readonly #options: AttemptOptions;
  #call: UpstreamCall | undefined;
  #deadline: Deadline | undefined;
  #delayMs = 0;
  #written = false;
  #responseBegun = false;
  #status = 0;
  #settled = false;
  #bodyBytes = 0;
  /** What completes the body, kept for a moment to be written together with the end. */
  #rest: Buffer | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** Bytes of the response's body passed on so far. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** Something of the request may have reached the node. */
  get written(): boolean {
    return this.#written;
  }

  start(): void {
    this.#call = this.#options.upstream.send(this.#options.request, this);
  }

  /** The client takes data again. */
  onDrain(): void {
    this.#prolong();
    this.#call?.resume();
  }

  /** The client is gone: the connection to the node is given up with it. */
  cancel(): void {
    this.#call?.cancel();
    this.#finish(
      this.#status > 0
        ? { kind: 'answered', status: this.#status, complete: false }
        : { kind: 'cancelled' },
    );
  }

  /** The node has fallen: what it has not begun to answer is taken as lost. */
  abandon(): void {
    if (this.#responseBegun || this.#settled) return;
    this.#call?.cancel();
    const failure = this.#written ? 'lost' : 'unreachable';
    this.#finish({ kind: 'failed', failure, abandoned: true });
  }

  onSending(): void {
    this.#written = true;
    this.#arm(this.#options.timeouts.firstByteMs);
  }

  onBodySent(): void {
    if (!this.#responseBegun) this.#prolong();
  }

  onResponseByte(): void {
    this.#responseBegun = true;
  }

  onHead(head: UpstreamHead): boolean {
    const { sink, timeouts, owner } = this.#options;
    const notMine = notMineLabel(head.status, head.headers);
    if (notMine !== undefined) {
      this.#finish({ kind: 'failed', failure: 'not-mine', notMine });
      // Its body is read and dropped, so that the connection can be used again; but not for ever.
      this.#arm(timeouts.firstByteMs);
      return true;
    }
    if (!sink.begin(owner.dress(head))) {
      this.#call?.cancel();
      this.#finish({ kind: 'failed', failure: 'broken' });
      return true;
    }
    this.#status = head.status;
    const isStream = isEventStream(head.headers);
    owner.onCommitted(isStream);
    this.#arm(isStream ? timeouts.tunnelIdleMs : timeouts.bodyIdleMs);
    return true;
  }

  onData(chunk: Buffer, isLast: boolean): boolean {
    if (this.#settled) return true;
    this.#bodyBytes += chunk.length;
    if (isLast) {
      this.#rest = chunk;
      return true;
    }
    this.#prolong();
    return this.#options.sink.write(chunk);
  }

  onEnd(trailers: HeaderList): void {
    this.#disarm();
    if (this.#settled) return;
    this.#options.sink.end(trailers, this.#rest);
    this.#finish({ kind: 'answered', status: this.#status, complete: true });
  }

  onUpgrade(head: UpstreamHead, socket: Duplex): void {
    this.#finish({ kind: 'upgraded', head: this.#options.owner.dress(head), socket });
  }

  onFailure(failure: UpstreamFailure): void {
    this.#disarm();
    if (this.#settled) return;
    const refused = failure.kind === 'connect';
    if (this.#status > 0) this.#breakOff();
    else this.#finish({ kind: 'failed', failure: this.#classify(failure), refused });
  }

  /** By what was written and read, not by the name of the error. */
  #classify(failure: UpstreamFailure): FailureKind {
    if (failure.kind === 'invalid') return 'unsendable';
    if (!this.#written) return 'unreachable';
    return this.#responseBegun ? 'broken' : 'lost';
  }

  #breakOff(): void {
    this.#finish({ kind: 'answered', status: this.#status, complete: false });
    this.#options.sink.abort();
  }

  #arm(delayMs: number): void {
    this.#delayMs = delayMs;
    this.#deadline ??= this.#options.deadlines.take();
    this.#deadline.set(delayMs, this);
  }

  /** Something has happened, so the time begins anew, if there is one. */
  #prolong(): void {
    this.#deadline?.set(this.#delayMs, this);
  }

  #disarm(): void {
    if (this.#deadline === undefined) return;
    this.#options.deadlines.give(this.#deadline);
    this.#deadline = undefined;
  }

  onDeadline(): void {
    if (this.#status === 0 && this.#options.owner.isUploading) {
      this.#prolong();
      return;
    }
    this.#disarm();
    this.#call?.cancel();
    if (this.#settled) return;
    if (this.#status > 0) this.#breakOff();
    else this.#finish({ kind: 'failed', failure: 'timeout' });
  }

  #finish(result: AttemptResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#disarm();
    this.#options.owner.onResult(result);
  }
}
