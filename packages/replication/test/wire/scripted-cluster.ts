import { createHash } from 'node:crypto';
import { FrameCodec } from '../../src/codec/frame-codec.js';
import { msgpackRecordCodec } from '../../src/codec/record-codec.js';
import type { CallOutcome, OwnerCall } from '../../src/core/calls/calls.js';
import type { CoreSettings } from '../../src/core/context.js';
import type { CoreEffect, CoreEvent, CoreNotice } from '../../src/core/events.js';
import type { Message } from '../../src/core/messages.js';
import { NodeCore } from '../../src/core/node-core.js';
import { TIMINGS } from '../../src/core/timings.js';

/** As the shell's; a pause is a gap between ticks. */
const TICK_MS = 20;

export interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly message: Message;
}

export type Match = (envelope: Envelope) => boolean;

/** Messages taken out of the network, to be delivered later, twice, in another order or never. */
export interface Held {
  readonly envelopes: Envelope[];
  /** Puts back what was held, in order or as given, and holds no longer. */
  release(order?: (envelopes: Envelope[]) => Envelope[]): void;
  drop(): void;
}

/** An answer that may come. */
export interface Ticket {
  readonly node: ScriptedNode;
  result: CallOutcome | undefined;
}

/** One node: the pure core, and what its shell would do with the effects. */
export class ScriptedNode {
  readonly core: NodeCore;
  readonly notices: CoreNotice[] = [];
  readonly tickets = new Map<number, Ticket>();
  incarnation: string;
  /** Receives nothing and does not tick, until it goes on with everything that waited. */
  paused = false;
  crashed = false;
  connected = true;
  flushWanted = false;
  rebirths = 0;
  commits = 0;
  /** By the counter of their commit. */
  readonly commitTickets = new Map<number, Ticket>();

  constructor(
    readonly id: string,
    settings: Partial<CoreSettings>,
    nowMs: number,
  ) {
    this.incarnation = `${id}~1`;
    this.core = new NodeCore(
      {
        id,
        label: id,
        weight: 1,
        backups: 1,
        onIsolation: 'serve',
        timings: TIMINGS.local,
        ...settings,
      },
      msgpackRecordCodec,
      this.incarnation,
      nowMs,
    );
  }

  notice<K extends CoreNotice['kind']>(kind: K): Extract<CoreNotice, { kind: K }>[] {
    return this.notices.filter((notice) => notice.kind === kind) as never;
  }
}

/**
 * Several cores on a network that does nothing by itself: the test says what is delivered, held,
 * dropped and doubled, and when time passes. Messages go through the real frames.
 */
export class ScriptedCluster {
  nowMs = 1000;
  readonly nodes = new Map<string, ScriptedNode>();
  readonly #codec = new FrameCodec('test');
  #queue: Envelope[] = [];
  readonly #holds: { readonly match: Match; readonly envelopes: Envelope[] }[] = [];
  readonly #drops: Match[] = [];
  #lastCall = 0;

  constructor(ids: readonly string[], settings: Partial<CoreSettings> = {}) {
    for (const id of ids) this.add(id, settings);
    this.run(600);
  }

  add(id: string, settings: Partial<CoreSettings> = {}): ScriptedNode {
    const node = new ScriptedNode(id, settings, this.nowMs);
    this.nodes.set(id, node);
    return node;
  }

  node(id: string): ScriptedNode {
    return this.nodes.get(id) as ScriptedNode;
  }

  /** Messages under way. */
  get waiting(): readonly Envelope[] {
    return this.#queue;
  }

  step(node: ScriptedNode, event: CoreEvent): void {
    for (const effect of node.core.step(event)) this.#apply(node, effect);
  }

  /** Makes a part of the node act by itself, as one event: what a false verdict would lead to. */
  poke(id: string, action: () => void): void {
    const node = this.node(id);
    const { membership } = node.core;
    membership.witnessed = () => {
      action();
      return [];
    };
    this.step(node, { kind: 'witness', nowMs: this.nowMs, label: '' });
    Reflect.deleteProperty(membership, 'witnessed');
  }

  tick(id: string): void {
    this.step(this.node(id), { kind: 'tick', nowMs: this.nowMs });
  }

  /** Time passes: everyone ticks, everything is delivered. */
  run(ms: number): void {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; ) {
      this.nowMs += TICK_MS;
      for (const node of this.#running()) this.tick(node.id);
      this.settle();
    }
  }

  /** Runs until the condition holds; throws when it does not within a minute of this time. */
  runUntil(condition: () => boolean, what = 'the condition'): void {
    for (const untilMs = this.nowMs + 60_000; !condition(); ) {
      if (this.nowMs >= untilMs) throw new Error(`${what} never came`);
      this.run(TICK_MS);
    }
  }

  /** Delivers everything that is not held, turn by turn. */
  settle(): void {
    for (let turns = 0; ; turns++) {
      if (turns > 200_000) throw new Error('the network does not come to rest');
      const index = this.#queue.findIndex((envelope) => this.#canReceive(envelope.to));
      if (index !== -1) this.deliver(index);
      else if (!this.flush()) return;
    }
  }

  /** Delivers one message; true when it reached a node. */
  deliver(index = 0): boolean {
    const [envelope] = this.#queue.splice(index, 1);
    const node = envelope && this.#byIncarnation(envelope.to);
    if (!envelope || !node || node.crashed) return false;
    const { from, message } = envelope;
    this.step(node, { kind: 'message', nowMs: this.nowMs, from, message });
    return true;
  }

  /** Delivers the oldest message that goes the same way as this one: lanes keep their order. */
  deliverFrom(index: number): void {
    const { from, to, message } = this.#queue[index] as Envelope;
    if (!this.#canReceive(to)) return;
    const lane = isReplication(message);
    const first = this.#queue.findIndex(
      (other) => other.from === from && other.to === to && isReplication(other.message) === lane,
    );
    this.deliver(first);
  }

  remove(index: number): void {
    this.#queue.splice(index, 1);
  }

  double(index: number): void {
    this.#queue.push(this.#queue[index] as Envelope);
  }

  /** The end of a turn at every node; true when any had something to send. */
  flush(): boolean {
    let flushed = false;
    for (const node of this.#running()) {
      flushed = this.#rebear(node) || flushed;
      if (!node.flushWanted) continue;
      node.flushWanted = false;
      flushed = true;
      this.step(node, { kind: 'flush', nowMs: this.nowMs });
    }
    return flushed;
  }

  hold(match: Match): Held {
    const hold = { match, envelopes: [] as Envelope[] };
    this.#holds.push(hold);
    const end = () => this.#holds.splice(this.#holds.indexOf(hold), 1);
    return {
      envelopes: hold.envelopes,
      release: (order = (envelopes) => envelopes) => {
        end();
        this.#queue.push(...order(hold.envelopes.splice(0)));
      },
      drop: () => {
        end();
        hold.envelopes.length = 0;
      },
    };
  }

  /** A message that was under way for long. */
  inject(envelope: Envelope): void {
    this.#queue.push(envelope);
  }

  /** From now on these messages are lost; call the result to end it. */
  lose(match: Match): () => void {
    this.#drops.push(match);
    return () => this.#drops.splice(this.#drops.indexOf(match), 1);
  }

  /** As kill -9 does. */
  crash(id: string): void {
    this.node(id).crashed = true;
  }

  pause(id: string): void {
    this.node(id).paused = true;
  }

  resume(id: string): void {
    this.node(id).paused = false;
  }

  /** The node's own connection to the bus is lost; it knows. */
  disconnect(id: string): void {
    this.node(id).connected = false;
    this.step(this.node(id), { kind: 'bus', nowMs: this.nowMs, connected: false });
  }

  connect(id: string): void {
    this.node(id).connected = true;
    this.step(this.node(id), { kind: 'bus', nowMs: this.nowMs, connected: true });
  }

  call(id: string, call: OwnerCall, timeoutMs = 5000): Ticket {
    const node = this.node(id);
    const ticket: Ticket = { node, result: undefined };
    const number = ++this.#lastCall;
    node.tickets.set(number, ticket);
    if ('id' in call) node.commitTickets.set(call.id.counter, ticket);
    const { nowMs } = this;
    const deadlineMs = nowMs + timeoutMs;
    this.step(node, { kind: 'call', nowMs, id: number, call, hints: [], deadlineMs });
    return ticket;
  }

  /** Calls and runs until there is an answer. */
  ask(id: string, call: OwnerCall): CallOutcome {
    const ticket = this.call(id, call);
    this.runUntil(() => ticket.result !== undefined, `an answer to ${call.kind} at ${id}`);
    return ticket.result as CallOutcome;
  }

  owners(key: string): string[] {
    return this.#alive()
      .filter((node) => node.core.records.get(key)?.role === 'owner')
      .map((node) => node.id);
  }

  holders(key: string): string[] {
    return this.#alive()
      .filter((node) => node.core.records.get(key)?.role === 'backup')
      .map((node) => node.id);
  }

  /** The shell needs a round trip for it, so other messages come first. */
  #rebear(node: ScriptedNode): boolean {
    const incarnation = `${node.id}~${node.rebirths + 1}`;
    if (incarnation === node.incarnation) return false;
    node.incarnation = incarnation;
    this.step(node, { kind: 'reborn', nowMs: this.nowMs, incarnation });
    return true;
  }

  #apply(node: ScriptedNode, effect: CoreEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(node, effect.to, effect.message);
        return;
      case 'broadcast':
        for (const other of this.nodes.values()) {
          if (other !== node) this.#send(node, other.incarnation, effect.message);
        }
        return;
      case 'settle': {
        const ticket = node.tickets.get(effect.id);
        if (ticket?.result) throw new Error('a call was answered twice');
        if (ticket) ticket.result = effect.result;
        return;
      }
      case 'schedule-flush':
        node.flushWanted = true;
        return;
      case 'rebirth':
        node.rebirths++;
        return;
      case 'notice':
        node.notices.push(effect.notice);
        return;
    }
  }

  #send(node: ScriptedNode, to: string, message: Message): void {
    if (!node.connected) return;
    const frame = this.#codec.decode(this.#codec.encode(node.core.self, message));
    const envelope = { from: frame.from, to, message: frame.message };
    if (this.#drops.some((match) => match(envelope))) return;
    const hold = this.#holds.find(({ match }) => match(envelope));
    (hold?.envelopes ?? this.#queue).push(envelope);
  }

  #canReceive(incarnation: string): boolean {
    const node = this.#byIncarnation(incarnation);
    return !node || node.crashed || !node.connected || !node.paused;
  }

  #byIncarnation(incarnation: string): ScriptedNode | undefined {
    for (const node of this.nodes.values()) {
      if (node.incarnation === incarnation && node.connected) return node;
    }
    return undefined;
  }

  #alive(): ScriptedNode[] {
    return [...this.nodes.values()].filter((node) => !node.crashed);
  }

  #running(): ScriptedNode[] {
    return this.#alive().filter((node) => !node.paused);
  }
}

/** Changes travel on a connection of their own. */
function isReplication(message: Message): boolean {
  return message.kind === 'replicate' || message.kind === 'replicated';
}

export function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
