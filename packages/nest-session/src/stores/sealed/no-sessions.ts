import type { CentralStore } from '../standalone-cluster.js';
import { COOKIE_LABEL, notThere } from './request-session.js';

type EndListener = (key: string, reason: string) => void;

/** What the process knows of sessions that their cookies carry: nothing, and that is what it says. */
export class NoSessions implements CentralStore {
  readonly label = COOKIE_LABEL;
  readonly connected = true;
  readonly #listeners = new Set<EndListener>();

  onEnded(listener: EndListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tellEnd(key: string, reason: string): void {
    for (const listener of this.#listeners) listener(key, reason);
  }

  wouldOwn = (): boolean => true;
  mintTries = (): number => 1;
  open = (): Promise<never> => refuse('sessions of other requests');
  create = (): Promise<never> => refuse('sessions without a request');
  commit = (): Promise<never> => refuse('sessions of other requests');
  rotate = (): Promise<never> => refuse('sessions of other requests');
  destroy = (): Promise<never> => refuse('ending a session from elsewhere');
  reserve = (): Promise<never> => refuse('idempotency keys');
  consume = (): Promise<never> => refuse('rate limits');
  listSessions = (): Promise<never> => refuse('lists of sessions');
  revokeAll = (): Promise<never> => refuse('ending sessions from elsewhere');
  revokeOthers = (): Promise<never> => refuse('ending sessions from elsewhere');
  revokeOne = (): Promise<never> => refuse('ending sessions from elsewhere');
  touch(): void {}
  release(): void {}
  async delist(): Promise<void> {}
  async stop(): Promise<void> {}

  /** A login takes no place: nobody counts them. */
  async enlist({
    handle,
  }: Parameters<CentralStore['enlist']>[0]): ReturnType<CentralStore['enlist']> {
    const standing = { principal: '', handle, list: COOKIE_LABEL, generation: 0 };
    return { status: 'enlisted', standing, evicted: [] };
  }
}

async function refuse(what: string): Promise<never> {
  throw notThere(what);
}
