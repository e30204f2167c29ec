import type { Incarnation } from '../record/record.js';
import type { PendingCall } from './pending-call.js';

/**
 * The calls under way, oldest first: a list threaded through the calls themselves. A set would be
 * laid out anew every few thousand calls, and be copied by the collector each time.
 */
export class PendingCalls {
  #first: PendingCall | undefined;
  #last: PendingCall | undefined;
  #size = 0;
  /** Those that another node was asked about. */
  readonly #byRequest = new Map<number, PendingCall>();

  get size(): number {
    return this.#size;
  }

  add(call: PendingCall): void {
    call.isUnderWay = true;
    call.before = this.#last;
    if (this.#last) this.#last.after = call;
    else this.#first = call;
    this.#last = call;
    this.#size++;
  }

  delete(call: PendingCall): void {
    if (!call.isUnderWay) return;
    const { before, after } = call;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
    call.isUnderWay = false;
    // Or one call that is kept by its answer would keep all that came after it.
    call.before = undefined;
    call.after = undefined;
    this.#size--;
  }

  /** Those of now: whoever looks at them may end any of them, or begin others. */
  snapshot(): PendingCall[] {
    const calls: PendingCall[] = [];
    for (let call = this.#first; call; call = call.after) calls.push(call);
    return calls;
  }

  asked(call: PendingCall, request: number): void {
    call.request = request;
    this.#byRequest.set(request, call);
  }

  ofRequest(request: number): PendingCall | undefined {
    return this.#byRequest.get(request);
  }

  /** Only whoever was asked may answer: requests are small numbers, easily guessed. */
  answered(request: number, from: Incarnation): PendingCall | undefined {
    const call = this.#byRequest.get(request);
    if (call?.target !== from) return undefined;
    this.forgetRequest(call);
    return call;
  }

  forgetRequest(call: PendingCall): void {
    if (call.request !== undefined) this.#byRequest.delete(call.request);
    call.request = undefined;
  }
}
