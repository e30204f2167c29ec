import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits, Timeouts } from '../limits.js';
import { type Problem, type ProxyProblem, renderProblem } from './problem.js';
import type { ResponseSink } from './response-sink.js';

/**
 * One client's connection: the responses under way on it, in order, and whether what still comes on
 * it is read as requests. After a refusal nothing is: what was misread once may have hidden a
 * request in a body, or a body in a request.
 */
export class ClientConnection {
  readonly socket: Socket;
  /** Both may change while the connection is open. */
  readonly #limits: Limits;
  readonly #timeouts: Timeouts;
  /** In the order of their requests; nearly always one. */
  readonly #sinks: ResponseSink[] = [];
  #refused = false;
  #dropped = 0;
  /** Of the request that came last, as long as it still comes in or its response goes out. */
  #latest: ResponseSink | undefined;

  constructor(socket: Socket, limits: Limits, timeouts: Timeouts) {
    this.socket = socket;
    this.#limits = limits;
    this.#timeouts = timeouts;
    socket.once('close', () => {
      for (const sink of [...this.#sinks]) sink.leave();
    });
  }

  /** No request is taken from this connection any more. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Responses that are not complete. */
  get pending(): number {
    return this.#sinks.length;
  }

  add(sink: ResponseSink): void {
    this.#sinks.push(sink);
    sink.onRefusal = this.#endReading;
    sink.onClose = () => this.#remove(sink);
    this.#latest = sink;
  }

  #remove(sink: ResponseSink): void {
    const index = this.#sinks.indexOf(sink);
    if (index !== -1) this.#sinks.splice(index, 1);
    // An idle connection shall not hold what its last request was made of.
    if (this.#latest === sink && !sink.receiving) this.#latest = undefined;
  }

  /** What comes from now on is dropped, and the connection closed behind the last response. */
  endReading(): void {
    if (this.#refused) return;
    this.#refused = true;
    // Parsed, what follows would become requests in memory that nobody answers.
    this.socket.removeAllListeners('data').on('data', this.#drop);
    const closeAtOnce = this.socket.destroySoon.bind(this.socket);
    // Closing a socket with unread bytes resets it, and the reset may overtake the response: the
    // client would never read why it was refused.
    this.socket.destroySoon = () => {
      if (this.socket.readableEnded) closeAtOnce();
      else this.#linger();
    };
  }

  /** Node has let go of the socket: what it does for its own ends, and is done here. */
  takeOver(): void {
    this.socket.on('error', () => this.socket.destroy());
    // Responses before the change of protocol may still be on their way, the first one at present.
    this.socket.on('drain', () => {
      this.#sinks[0]?.response.emit('drain');
    });
  }

  /** The last response is out. */
  finish(): void {
    this.endReading();
    this.socket.destroySoon();
  }

  /**
   * The parser cannot go on. Answers in the place of the request it was at: one whose body is at
   * fault gets the problem as its response, a faulty head gets it behind the responses before. Returns
   * whether this refusal is to be counted: not one more of the same, nor one that is reported with
   * the request it belongs to.
   */
  refuse(problem: ProxyProblem): boolean {
    if (this.#refused) return false;
    this.endReading();
    const latest = this.#latest;
    if (latest === undefined) this.#write(problem);
    else if (!latest.receiving) latest.response.once('close', () => this.#write(problem));
    else if (this.#sinks.includes(latest)) return latest.refuse(problem);
    // Its response is out; another one would be taken for the answer to the next request.
    else this.socket.destroySoon();
    return true;
  }

  readonly #endReading = (): void => this.endReading();

  readonly #drop = (chunk: Buffer): void => {
    this.#dropped += chunk.length;
    if (this.#dropped > this.#limits.discardBytes) this.socket.destroy();
  };

  #write(problem: Problem): void {
    if (!this.socket.writable) return;
    const { headers, body } = renderProblem(problem);
    const lines = [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`];
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    this.socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`);
    this.socket.destroySoon();
  }

  /** Closes our direction, and the other when the client has done so or has had its time. */
  #linger(): void {
    const timer = setTimeout(() => this.socket.destroy(), this.#timeouts.lingerMs);
    this.socket.once('close', () => clearTimeout(timer));
    this.socket.once('end', () => this.socket.destroy());
    this.socket.end();
    this.socket.resume();
  }
}
