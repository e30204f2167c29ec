import { FrameCodec } from '../../codec/frame-codec.js';
import { recordCodec } from '../../codec/record-codec.js';
import type { OwnerCall } from '../../core/calls/calls.js';
import type { CoreEffect, CoreEvent } from '../../core/events.js';
import type { Message } from '../../core/messages.js';
import { NodeCore } from '../../core/node-core.js';
import type { Incarnation } from '../../core/record/record.js';
import { TIMINGS } from '../../core/timings.js';

const [OWNER, HOLDER, OTHER] = ['r1', 'r2', 'r3'] as const;
const NAMES = [OWNER, HOLDER, OTHER] as const;

/** So few that a round, run for the first time, holds up what else a joining node does for 40 ms. */
const SESSIONS = 8;
/** All together 80 ms of a processor. 24 rounds, which take 390 and 50 MB, made a takeover no quicker. */
const ROUNDS = 3;
/** Those of one round are some hundreds. */
const MAX_MESSAGES = 10_000;
const HOUR_MS = 3_600_000;

interface Envelope {
  readonly to: Incarnation | undefined;
  readonly from: Incarnation;
  readonly bytes: Uint8Array;
}

/** The second node of a process finds everything compiled. */
let begun = false;

/**
 * Takes sessions over in three nodes that exist in memory only, one round in a turn of the event loop.
 * A crash of a peer is rare, so what it asks of a node is code that never ran, and the first requests
 * after it would wait for the compiler: sixteen of them 38 ms instead of 23. Cores are pure, so they
 * can go through it before it matters. Returns what ends it early.
 */
export function rehearse(): () => void {
  if (begun) return () => {};
  begun = true;
  let round = 0;
  let next: NodeJS.Immediate | undefined;
  const play = (): void => {
    rehearseTakeover(++round);
    next = round < ROUNDS ? setImmediate(play) : undefined;
  };
  next = setImmediate(play);
  return () => {
    if (next) clearImmediate(next);
  };
}

/**
 * An owner is gone without a word, and requests for each of its sessions reach the two others.
 * Returns how many of these were answered.
 */
export function rehearseTakeover(round: number): number {
  return new RehearsedCluster(round).play();
}

class RehearsedCluster {
  readonly #cores = new Map<string, NodeCore>();
  readonly #frames = new FrameCodec('rehearsal');
  readonly #flushes = new Set<string>();
  #onTheWay: Envelope[] = [];
  #nowMs = 1_000_000;
  #calls = 0;
  #committed = 0;
  readonly #dead = new Set<string>();

  constructor(private readonly round: number) {
    const codec = recordCodec(1_000_000);
    for (const id of NAMES) {
      const settings = {
        id,
        label: id,
        weight: 1,
        backups: 1,
        onIsolation: 'serve',
        timings: TIMINGS.local,
        abilities: this.#frames.abilities,
      } as const;
      this.#cores.set(id, new NodeCore(settings, codec, `${id}~1`, this.#nowMs));
    }
    this.#pass(20);
    this.#pass(2000);
  }

  play(): number {
    const keys = Array.from({ length: SESSIONS }, (_, index) => this.#key(index));
    for (const key of keys) this.#call(OWNER, this.#create(key));
    this.#settle();
    for (const key of keys) this.#call(OWNER, this.#commit(OWNER, key));
    this.#settle();
    this.#dead.add(OWNER);
    this.#committed = 0;
    for (const [index, key] of keys.entries()) {
      const at = index % 2 === 0 ? HOLDER : OTHER;
      if (index < 2) this.#step(at, { kind: 'witness', nowMs: this.#nowMs, label: OWNER });
      this.#call(at, { kind: 'open', key });
      this.#call(at, this.#commit(at, key));
    }
    this.#settle();
    for (let ticks = 0; ticks < 8; ticks++) this.#pass(5);
    return this.#committed;
  }

  #key(index: number): string {
    return `${String(this.round).padStart(20, '0')}${String(index).padStart(22, '0')}A`;
  }

  #id(node: string) {
    const counter = ++this.#calls;
    return { origin: `${node}~1`, counter, watermark: counter };
  }

  #create(key: string): OwnerCall {
    return {
      kind: 'create',
      key,
      id: this.#id(OWNER),
      data: { cart: [{ sku: 'a', quantity: 1 }], visits: 0, name: 'somebody' },
      system: { createdMs: this.#nowMs },
      idleTimeoutMs: HOUR_MS,
      absoluteTimeoutMs: 12 * HOUR_MS,
      durability: 'backup',
    };
  }

  #commit(node: string, key: string): OwnerCall {
    return {
      kind: 'commit',
      key,
      id: this.#id(node),
      base: { epoch: 1, seq: 0 },
      operations: [{ kind: 'increment', path: ['data', 'visits'], by: 1 }],
      exact: false,
      durability: 'backup',
    };
  }

  #call(node: string, call: OwnerCall): void {
    const nowMs = this.#nowMs;
    const id = ++this.#calls;
    this.#step(node, { kind: 'call', nowMs, id, call, hints: [], deadlineMs: nowMs + 5000 });
  }

  #pass(ms: number): void {
    this.#nowMs += ms;
    for (const id of NAMES) this.#step(id, { kind: 'tick', nowMs: this.#nowMs });
    this.#settle();
  }

  #settle(): void {
    for (let messages = 0; messages < MAX_MESSAGES; messages++) {
      for (const id of [...this.#flushes]) {
        this.#flushes.delete(id);
        this.#step(id, { kind: 'flush', nowMs: this.#nowMs });
      }
      const next = this.#onTheWay.shift();
      if (next) this.#deliver(next);
      else if (this.#flushes.size === 0) return;
    }
  }

  #deliver({ from, to, bytes }: Envelope): void {
    for (const [id, core] of this.#cores) {
      if (core.self === from || (to !== undefined && core.self !== to)) continue;
      const nowMs = this.#nowMs;
      if (!this.#dead.has(id))
        this.#step(id, { kind: 'message', nowMs, ...this.#frames.decode(bytes) });
      else if (to !== undefined) {
        const [sender = ''] = from.split('~');
        this.#step(sender, { kind: 'unreachable', nowMs, incarnation: to });
      }
    }
  }

  #step(id: string, event: CoreEvent): void {
    if (this.#dead.has(id)) return;
    const core = this.#cores.get(id);
    for (const effect of core?.step(event) ?? []) this.#apply(id, core?.self ?? '', effect);
  }

  #apply(id: string, from: Incarnation, effect: CoreEffect): void {
    if (effect.kind === 'schedule-flush') this.#flushes.add(id);
    else if (effect.kind === 'send') this.#send(from, effect.to, effect.message);
    else if (effect.kind === 'broadcast') this.#send(from, undefined, effect.message);
    else if (effect.kind === 'settle' && effect.result.kind === 'committed') this.#committed++;
  }

  #send(from: Incarnation, to: Incarnation | undefined, message: Message): void {
    this.#onTheWay.push({ from, to, bytes: this.#frames.encode(from, message) });
  }
}
