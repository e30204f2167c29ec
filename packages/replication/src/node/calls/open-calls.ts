import type { CallOutcome, OwnerCall } from '../../core/calls/calls.js';
import type { Testimony } from '../../core/claims/inquiries.js';
import type { CommitId } from '../../core/record/applied-commits.js';
import { ClusterStoppedError } from '../../errors.js';
import type { NodeDriver } from '../driver/node-driver.js';
import { checkCall } from './check-call.js';
import { CommitIds } from './commit-ids.js';
import { Slots } from './slots.js';

/** Of the boot id, in commit ids: 48 random bits. */
const ORIGIN_CHARACTERS = 8;

const NO_HINTS: readonly string[] = [];

interface OpenCall {
  readonly call: OwnerCall;
  /** What the caller is answered; throws what it is refused with. */
  readonly read: (result: CallOutcome) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** What this node was asked and has not answered yet. */
export class OpenCalls {
  readonly #calls = new Slots<OpenCall>();
  readonly #explaining = new Map<number, (testimonies: readonly Testimony[]) => void>();
  readonly #commitIds = new CommitIds();
  #lastQuestion = 0;

  constructor(
    private readonly driver: NodeDriver,
    private readonly callTimeoutMs: number,
  ) {}

  nextId(): CommitId {
    // Random enough to tell origins apart within one record, and a fourth of an incarnation's bytes.
    return this.#commitIds.next(this.driver.incarnation.slice(-ORIGIN_CHARACTERS));
  }

  /** Hands a call to the core; one promise for all the way, because each costs a commit time. */
  call<T>(
    call: OwnerCall,
    read: (result: CallOutcome) => T | Promise<T>,
    hints: readonly string[] = NO_HINTS,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#begin({ call, read, resolve, reject }, hints));
  }

  /** What all nodes know of a record. */
  explain(key: string): Promise<readonly Testimony[]> {
    return new Promise<readonly Testimony[]>((resolve) => {
      const id = ++this.#lastQuestion;
      this.#explaining.set(id, resolve);
      this.driver.step({ kind: 'explain', nowMs: this.driver.nowMs, id, key });
    });
  }

  settle(id: number, result: CallOutcome): void {
    const open = this.#calls.take(id);
    if (!open) return;
    try {
      open.resolve(open.read(result) as never);
      this.#ended(open);
    } catch (error) {
      this.#fail(open, error);
    }
  }

  explained(id: number, testimonies: readonly Testimony[]): void {
    this.#explaining.get(id)?.(testimonies);
    this.#explaining.delete(id);
  }

  stop(): void {
    for (const open of this.#calls.drain()) this.#fail(open, new ClusterStoppedError());
    for (const resolve of this.#explaining.values()) resolve([]);
    this.#explaining.clear();
  }

  #begin(open: OpenCall, hints: readonly string[]): void {
    const { call } = open;
    let id: number | undefined;
    try {
      if (this.driver.state === 'stopped') throw new ClusterStoppedError();
      checkCall(call);
      id = this.#calls.add(open);
      this.#step(id, call, hints);
    } catch (error) {
      if (id !== undefined) this.#calls.take(id);
      this.#fail(open, error);
    }
  }

  #step(id: number, call: OwnerCall, hints: readonly string[]): void {
    const { nowMs } = this.driver;
    const waitMs = call.kind === 'lock' ? call.waitMs : 0;
    const deadlineMs = nowMs + waitMs + this.callTimeoutMs;
    this.driver.step({ kind: 'call', nowMs, id, call, hints, deadlineMs });
  }

  #fail(open: OpenCall, error: unknown): void {
    this.#ended(open);
    open.reject(error);
  }

  /** From now on nobody repeats the call, so that its id can be forgotten everywhere. */
  #ended({ call }: OpenCall): void {
    if ('id' in call) this.#commitIds.answered(call.id);
  }
}
