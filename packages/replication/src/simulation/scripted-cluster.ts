import { FrameCodec } from '../codec/frame-codec.js';
import { msgpackRecordCodec } from '../codec/record-codec.js';
import type { CallOutcome, OwnerCall } from '../core/calls/calls.js';
import type { CoreEffect, CoreEvent, CoreNotice } from '../core/events.js';
import type { Message } from '../core/messages.js';
import { NodeCore } from '../core/node-core.js';
import { TIMINGS } from '../core/timings.js';

const TICK_MS = 20;

interface Envelope {
  readonly from: string;
  /** Undefined: everyone. */
  readonly to: string | undefined;
  readonly bytes: Uint8Array;
  readonly message: Message;
}

/** Says of a message on its way whether it is to wait until it is let go. */
export type Hold = (message: Message, from: string, to: string | undefined) => boolean;

/**
 * A few cores and a bus that a test drives by hand: for the smallest story that shows a defect a
 * seed has found. Incarnations are node ids with `~1`; a reborn node counts on.
 */
export class ScriptedCluster {
  readonly cores = new Map<string, NodeCore>();
  readonly notices: { readonly node: string; readonly notice: CoreNotice }[] = [];
  nowMs = 1000;
  readonly #codec = new FrameCodec('scripted');
  readonly #results = new Map<number, CallOutcome>();
  #onTheWay: Envelope[] = [];
  #held: Envelope[] = [];
  #hold: Hold = () => false;
  readonly #flushes = new Set<string>();
  readonly #rebirths = new Set<string>();
  /** What waits in the sockets of paused nodes. */
  readonly #inboxes = new Map<string, Uint8Array[]>();
  #lastCall = 0;

  constructor(ids: readonly string[], backups = 1) {
    for (const id of ids) this.add(id, backups);
    this.settle();
  }

  /** A node that is active at once. */
  add(id: string, backups = 1): NodeCore {
    const settings = {
      id,
      label: id,
      weight: 1,
      backups,
      onIsolation: 'serve',
      timings: TIMINGS.local,
    } as const;
    const core = new NodeCore(settings, msgpackRecordCodec, `${id}~1`, this.nowMs);
    this.cores.set(id, core);
    this.step(id, { kind: 'tick', nowMs: this.nowMs });
    return core;
  }

  core(id: string): NodeCore {
    const core = this.cores.get(id);
    if (!core) throw new RangeError(`there is no node ${id}`);
    return core;
  }

  /** The process is gone; what it sent before still arrives. */
  kill(id: string): void {
    this.cores.delete(id);
    this.#flushes.delete(id);
  }

  /** The process gets nothing, and does not tick. */
  pause(id: string): void {
    this.#inboxes.set(id, []);
  }

  /** Everything arrives at once; the next tick comes when time passes. */
  resume(id: string): void {
    const inbox = this.#inboxes.get(id) ?? [];
    this.#inboxes.delete(id);
    for (const bytes of inbox) this.#receive(id, bytes);
  }

  step(id: string, event: CoreEvent): void {
    for (const effect of this.core(id).step(event)) this.#apply(id, effect);
  }

  call(id: string, call: OwnerCall, hints: readonly string[] = []): number {
    const number = ++this.#lastCall;
    const deadlineMs = this.nowMs + 5000;
    this.step(id, { kind: 'call', nowMs: this.nowMs, id: number, call, hints, deadlineMs });
    return number;
  }

  result(call: number): CallOutcome | undefined {
    return this.#results.get(call);
  }

  hold(hold: Hold): void {
    this.#hold = hold;
  }

  /** What was held goes on, and nothing is held any more. */
  release(): void {
    this.#hold = () => false;
    this.#onTheWay.push(...this.#held);
    this.#held = [];
  }

  /** What was held is lost; the next is held again. */
  dropHeld(): void {
    this.#held = [];
  }

  /** Delivers until nothing is on the way but what is held. */
  settle(): void {
    for (let rounds = 0; rounds < 20_000; rounds++) {
      for (const id of [...this.#flushes]) {
        this.#flushes.delete(id);
        this.step(id, { kind: 'flush', nowMs: this.nowMs });
      }
      const next = this.#onTheWay.shift();
      if (next) this.#deliver(next);
      else if (this.#rebirths.size > 0) this.#giveBirth();
      else if (this.#flushes.size === 0) return;
    }
    throw new RangeError('the nodes never stop talking');
  }

  /** Lets time pass, tick by tick. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) {
      this.nowMs = Math.min(untilMs, this.nowMs + TICK_MS);
      for (const id of this.cores.keys()) {
        if (!this.#inboxes.has(id)) this.step(id, { kind: 'tick', nowMs: this.nowMs });
      }
      this.settle();
    }
  }

  #deliver(envelope: Envelope): void {
    const { from, to, message, bytes } = envelope;
    if (this.#hold(message, from, to)) {
      this.#held.push(envelope);
      return;
    }
    for (const [id, core] of this.cores) {
      if (core.self === from || (to !== undefined && core.self !== to)) continue;
      const inbox = this.#inboxes.get(id);
      if (inbox) inbox.push(bytes);
      else this.#receive(id, bytes);
    }
  }

  #receive(id: string, bytes: Uint8Array): void {
    this.step(id, { kind: 'message', nowMs: this.nowMs, ...this.#codec.decode(bytes) });
  }

  /** The bus knows the new incarnations only after what was on its way to the old ones. */
  #giveBirth(): void {
    for (const id of this.#rebirths) {
      const [name = id, life = '1'] = this.core(id).self.split('~');
      const incarnation = `${name}~${Number(life) + 1}`;
      this.step(id, { kind: 'reborn', nowMs: this.nowMs, incarnation });
    }
    this.#rebirths.clear();
  }

  #apply(id: string, effect: CoreEffect): void {
    const from = this.core(id).self;
    switch (effect.kind) {
      case 'send':
      case 'broadcast': {
        const { message } = effect;
        const to = effect.kind === 'send' ? effect.to : undefined;
        this.#onTheWay.push({ from, to, message, bytes: this.#codec.encode(from, message) });
        return;
      }
      case 'settle':
        this.#results.set(effect.id, effect.result);
        return;
      case 'schedule-flush':
        this.#flushes.add(id);
        return;
      case 'rebirth':
        this.#rebirths.add(id);
        return;
      case 'notice':
        this.notices.push({ node: id, notice: effect.notice });
        return;
    }
  }
}
