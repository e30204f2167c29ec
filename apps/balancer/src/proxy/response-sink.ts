import type { ServerResponse } from 'node:http';
import { atEndOfTurn } from '@understudy/replication/internal';
import type { UpstreamHead } from '../upstream/upstream.js';
import type { HeaderList } from './header-list.js';
import { type Problem, type ProxyProblem, renderProblem } from './problem.js';
import { forwardedResponseHeaders, forwardedTrailers } from './response-headers.js';

/** Whoever serves the request of a response. */
export interface SinkOwner {
  /** The client takes data again after `write` returned false. */
  onDrain(): void;
  /** Once, when the client leaves before its response is complete, or the request is refused. */
  onGone(): void;
}

/** A body that is no larger is written together with the head, in one piece. */
const ONE_PIECE_BYTES = 16 * 1024;

/**
 * The client's side of a response. Once the client is gone nothing is written any more and nothing
 * waits for a drain: a destroyed response refuses every write and never drains, so a node's
 * connection that waited for it would be stuck for good.
 */
export class ResponseSink {
  #begun = false;
  #gone = false;
  #refusal: ProxyProblem | undefined;
  #onFlushed: (() => void) | undefined;
  #waitsForDrain = false;
  owner: SinkOwner | undefined;
  /** Called when the request is refused: nothing more may be read from its connection. */
  onRefusal: (() => void) | undefined;
  /** Called once, when nothing more becomes of the response. */
  onClose: (() => void) | undefined;

  /** @param activity Responses that begin once it is `stopping` close their connection. */
  constructor(
    readonly response: ServerResponse,
    readonly activity: { readonly stopping: boolean },
  ) {
    const leave = (): void => this.leave();
    response.on('error', leave);
    response.on('close', () => {
      this.leave();
      this.#flushed();
      this.onClose?.();
    });
  }

  get gone(): boolean {
    return this.#gone;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Why the request was given up in the middle, if it was. */
  get refusal(): ProxyProblem | undefined {
    return this.#refusal;
  }

  /** Whether the request is still coming in. */
  get receiving(): boolean {
    return !this.response.req.complete;
  }

  /** Tells a client that waits for a word to send its body. */
  continue(): void {
    if (!this.#gone && !this.#begun) this.response.writeContinue();
  }

  /** Passes the head on; false when it cannot be expressed in HTTP/1.1 and nothing was written. */
  begin(head: UpstreamHead): boolean {
    if (this.#gone) return true;
    try {
      this.#writeHead(head.status, head.statusText, forwardedResponseHeaders(head.headers));
    } catch {
      return false;
    }
    this.#begun = true;
    return true;
  }

  /** Returns false when the client is slow: wait for `onDrain` of the owner. */
  write(chunk: Buffer): boolean {
    if (this.#gone || this.response.write(chunk)) return true;
    this.#waitForDrain();
    return false;
  }

  /** `rest`: the last part of the body. */
  end(trailers: HeaderList, rest?: Buffer): void {
    if (this.#gone) return;
    if (trailers.length > 0 && this.response.chunkedEncoding) {
      this.response.addTrailers(pairsOf(forwardedTrailers(trailers)));
    }
    if (rest !== undefined && rest.length > ONE_PIECE_BYTES) {
      this.response.end(rest);
      return;
    }
    // As text it is joined with the head; a buffer would be a second piece to write.
    const text = rest?.toString('latin1');
    atEndOfTurn(() => {
      if (text === undefined) this.response.end();
      else this.response.end(text, 'latin1');
    });
  }

  /** Calls back when what was begun has been handed to the kernel, or the client is gone. */
  whenFlushed(callback: () => void): void {
    if (!this.#begun || this.#gone || this.response.writableFinished) callback();
    else this.#onFlushed = callback;
  }

  /** Cuts the connection: the only way to tell a client that a begun response is not complete. */
  abort(): void {
    this.response.destroy();
  }

  /** Answers with a problem, unless an answer has begun; `close` ends the connection with it. */
  problem(problem: Problem, close = false): void {
    if (this.#gone || this.#begun) return;
    this.#begun = true;
    const { headers, body } = renderProblem(problem);
    if (close) {
      this.onRefusal?.();
      this.response.shouldKeepAlive = false;
    }
    this.#writeHead(problem.status, undefined, headers);
    this.response.end(body);
  }

  /**
   * The rest of the request cannot or will not be read: whoever serves it is told to give up. It is
   * answered with the problem; a response that has begun is cut. Returns whether the caller
   * has to count it: what is answered here is reported by whoever serves the request.
   */
  refuse(problem: ProxyProblem): boolean {
    if (this.#gone) return false;
    if (this.#begun) {
      this.abort();
      return true;
    }
    this.#refusal = problem;
    this.problem(problem, true);
    this.owner?.onGone();
    return false;
  }

  /** The connection is closed. A response behind others on it hears of that from nobody else. */
  leave(): void {
    if (this.#gone || this.response.writableFinished) return;
    this.#gone = true;
    this.#flushed();
    this.owner?.onGone();
  }

  #flushed(): void {
    const callback = this.#onFlushed;
    this.#onFlushed = undefined;
    callback?.();
  }

  #waitForDrain(): void {
    if (this.#waitsForDrain) return;
    this.#waitsForDrain = true;
    this.response.once('drain', () => {
      this.#waitsForDrain = false;
      this.owner?.onDrain();
    });
  }

  #writeHead(status: number, statusText: string | undefined, headers: string[]): void {
    if (this.activity.stopping) headers.push('Connection', 'close');
    if (statusText) this.response.writeHead(status, statusText, headers);
    else this.response.writeHead(status, headers);
  }
}

function pairsOf(fields: HeaderList): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < fields.length; i += 2) {
    pairs.push([fields[i] as string, fields[i + 1] as string]);
  }
  return pairs;
}
