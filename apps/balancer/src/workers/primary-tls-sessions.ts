import type { TlsSessions } from '../edge/tls-sessions.js';
import type { FromWorker } from './messages.js';
import type { WorkerProcess } from './worker-process.js';

/** A primary that does not answer shall not keep a client from its handshake. */
const ANSWER_MS = 1_000;

type Asked = Extract<FromWorker, { kind: 'tls-keep' | 'tls-find' }>;
type Answer = (session: Buffer | null) => void;

/**
 * The sessions that the primary keeps for all workers: with one store for each, a client that comes
 * to another worker would begin a session of another id, and go to another node by it.
 */
export class PrimaryTlsSessions implements TlsSessions {
  readonly #send: (message: Asked) => void;
  readonly #waiting = new Map<number, { answer: Answer; timer: NodeJS.Timeout }>();
  #asked = 0;

  constructor(send: (message: Asked) => void) {
    this.#send = send;
  }

  keep(id: Buffer, session: Buffer, onKept: () => void): void {
    this.#send({ kind: 'tls-keep', number: this.#await(onKept), id, session });
  }

  find(id: Buffer, onFound: Answer): void {
    this.#send({ kind: 'tls-find', number: this.#await(onFound), id });
  }

  /** The primary does, when it is told of other certificates. */
  clear(): void {}

  onAnswer(number: number, session: Buffer | null): void {
    const waiting = this.#waiting.get(number);
    // It took too long.
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    clearTimeout(waiting.timer);
    waiting.answer(session);
  }

  #await(answer: Answer): number {
    const number = ++this.#asked;
    const timer = setTimeout(() => this.onAnswer(number, null), ANSWER_MS);
    this.#waiting.set(number, { answer, timer });
    return number;
  }
}

/** What the primary says to what a worker asks, by the sessions that it keeps. */
export function answerTls(sessions: TlsSessions, asked: Asked, worker: WorkerProcess): void {
  const { number, id } = asked;
  const answer: Answer = (session) => worker.send({ kind: 'tls-answer', number, session });
  if (asked.kind === 'tls-keep') sessions.keep(id, asked.session, () => answer(null));
  else sessions.find(id, answer);
}
