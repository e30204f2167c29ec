import type { OwnerCall } from '../../core/calls/calls.js';
import type { CoreEvent } from '../../core/events.js';
import { describeMessage } from '../trace.js';
import { SECOND_MS } from './bounds.js';
import type { LocalMachine, LocalState } from './local-machine.js';
import { type Envelope, NODES, type WorldState } from './world-state.js';

/** Who is alive is no secret: these are passed on at once, or not at all across a partition. */
const AT_ONCE: ReadonlySet<string> = new Set(['heartbeat', 'probe', 'alive', 'accuse', 'obituary']);

export const KEY = 'explored'.padEnd(43, 'A');

/** What clients ask, and of which node. */
export const CALLS: readonly { readonly node: number; readonly token: string }[] = [
  { node: 0, token: 'a' },
  { node: 1, token: 'b' },
  { node: 2, token: 'c' },
];

/** A state that is being made from another one. */
class Draft {
  readonly locals: LocalState[];
  readonly channels: Map<string, readonly Envelope[]>;
  readonly acknowledged: WorldState['acknowledged'][number][];
  readonly #atOnce: Envelope[] = [];

  constructor(
    private readonly machines: readonly LocalMachine[],
    private readonly base: WorldState,
    readonly crashed: readonly boolean[] = base.crashed,
    readonly apart: number | undefined = base.apart,
    readonly nowMs: number = base.nowMs,
  ) {
    this.locals = [...base.locals];
    this.channels = new Map(base.channels);
    this.acknowledged = [...base.acknowledged];
  }

  run(node: number, name: string, event: CoreEvent): void {
    if (this.crashed[node]) return;
    const machine = this.machines[node] as LocalMachine;
    const before = this.locals[node] as LocalState;
    const after = machine.step(before, `${this.nowMs} ${name}`, event);
    this.locals[node] = after;
    const sender = before.view.self;
    for (const { to, message, bytes } of after.outputs) {
      for (const target of this.#targets(node, to)) {
        const incarnation = (this.locals[target] as LocalState).view.self;
        this.#post({ from: node, to: target, incarnation, bytes, message, sender });
      }
    }
    for (const { id, outcome } of after.settled) this.#settled(id, outcome);
    if (!after.wantsRebirth) return;
    const [id = '', life = '1'] = sender.split('~');
    const incarnation = `${id}~${Number(life) + 1}`;
    this.run(node, `reborn ${incarnation}`, { kind: 'reborn', nowMs: this.nowMs, incarnation });
  }

  deliver(envelope: Envelope): void {
    const { to, incarnation, bytes, sender, message } = envelope;
    if ((this.locals[to] as LocalState).view.self !== incarnation) return;
    const event = { kind: 'message', nowMs: this.nowMs, from: sender, message } as const;
    this.run(to, `message ${bytes}`, event);
  }

  finish(action: string, changes: Partial<WorldState>): WorldState {
    for (let next = this.#atOnce.shift(); next; next = this.#atOnce.shift()) this.deliver(next);
    const { locals, channels, crashed, apart, nowMs, acknowledged, base } = this;
    const made = { locals, channels, crashed, apart, nowMs, acknowledged };
    return { ...base, ...made, ...changes, parent: base, action };
  }

  #targets(from: number, to: string | undefined): number[] {
    const others = [0, 1, 2].filter((node) => node !== from && !this.crashed[node]);
    return others.filter(
      (node) => to === undefined || (this.locals[node] as LocalState).view.self === to,
    );
  }

  #post(envelope: Envelope): void {
    const { from, to, message } = envelope;
    if (AT_ONCE.has(message.kind)) {
      if (!crosses(this.apart, from, to)) this.#atOnce.push(envelope);
      return;
    }
    const isCopy = message.kind === 'replicate' || message.kind === 'replicated';
    const name = `${from}>${to}${isCopy ? 'r' : 'c'}`;
    this.channels.set(name, [...(this.channels.get(name) ?? []), envelope]);
  }

  #settled(id: number, outcome: LocalState['settled'][number]['outcome']): void {
    if (outcome.kind !== 'committed' || outcome.copies < 1) return;
    const token = CALLS[id]?.token;
    if (token === undefined) return;
    const holders = [0, 1, 2].filter((node) => this.locals[node]?.view.tokens.includes(token));
    this.acknowledged.push({ token, holders });
  }
}

export function crosses(apart: number | undefined, from: number, to: number): boolean {
  return apart !== undefined && (from === apart) !== (to === apart);
}

/** Every state that one action leads to. */
export function* successors(
  machines: readonly LocalMachine[],
  state: WorldState,
): Generator<WorldState> {
  yield* deliveries(machines, state);
  const { left, calls, crashed, apart, channels } = state;
  for (const call of calls) {
    const node = CALLS[call]?.node ?? 0;
    if (!crashed[node]) yield callAt(machines, state, call);
  }
  if (left.seconds > 0) yield passSecond(machines, state);
  for (const node of [0, 1, 2]) {
    if (left.crashes === 0 || crashed[node]) continue;
    const now = crashed.map((isCrashed, index) => isCrashed || index === node);
    const draft = new Draft(machines, state, now);
    const kept = withoutNode(channels, node, false);
    const remaining = { ...left, crashes: left.crashes - 1 };
    yield draft.finish(`crash ${NODES[node]}`, { left: remaining, channels: kept });
    // What it had still to send is lost as well.
    const lost = withoutNode(channels, node, true);
    yield draft.finish(`crash ${NODES[node]}, unsent`, { left: remaining, channels: lost });
  }
  if (left.partitions > 0 && apart === undefined) {
    for (const node of [0, 1, 2]) {
      const draft = new Draft(machines, state, crashed, node);
      const remaining = { ...left, partitions: left.partitions - 1 };
      yield draft.finish(`cut off ${NODES[node]}`, { left: remaining, wasApart: true });
    }
  }
  if (apart !== undefined) yield heal(machines, state);
}

export function heal(machines: readonly LocalMachine[], state: WorldState): WorldState {
  const { locals, crashed, channels, nowMs, acknowledged } = state;
  const open = { ...state, apart: undefined, locals, crashed, channels, nowMs, acknowledged };
  return new Draft(machines, open).finish('heal', {});
}

/** Messages that may arrive next: the first of each connection, or a later one that overtakes. */
export function* deliveries(
  machines: readonly LocalMachine[],
  state: WorldState,
  withheld?: string,
): Generator<WorldState> {
  for (const [name, queue] of state.channels) {
    if (name === withheld) continue;
    const depth =
      state.left.overtakings > 0 ? Math.min(2, queue.length) : Math.min(1, queue.length);
    for (let index = 0; index < depth; index++) {
      const envelope = queue[index] as Envelope;
      if (crosses(state.apart, envelope.from, envelope.to)) continue;
      const rest = queue.filter((other) => other !== envelope);
      const draft = new Draft(machines, {
        ...state,
        channels: withQueue(state.channels, name, rest),
      });
      draft.deliver(envelope);
      const { from, to, message } = envelope;
      const action = `${NODES[from]} > ${NODES[to]}: ${describeMessage(message)}`;
      const left =
        index > 0 ? { ...state.left, overtakings: state.left.overtakings - 1 } : state.left;
      yield { ...draft.finish(action, { left }), parent: state };
    }
  }
}

export function passSecond(machines: readonly LocalMachine[], state: WorldState): WorldState {
  const nowMs = state.nowMs + SECOND_MS;
  const draft = new Draft(machines, state, state.crashed, state.apart, nowMs);
  for (const node of [0, 1, 2]) draft.run(node, 'tick', { kind: 'tick', nowMs });
  const left = { ...state.left, seconds: state.left.seconds - 1 };
  return draft.finish('a second passes', { left });
}

export function callAt(
  machines: readonly LocalMachine[],
  state: WorldState,
  number: number,
  call?: OwnerCall,
  node = CALLS[number]?.node ?? 0,
): WorldState {
  const { nowMs } = state;
  const draft = new Draft(machines, state);
  const origin = (state.locals[node] as LocalState).view.self;
  const token = CALLS[number]?.token ?? '';
  const made = call ?? commitOf(token, origin, number + 1);
  draft.run(node, `call ${number}`, {
    kind: 'call',
    nowMs,
    id: number,
    call: made,
    hints: [],
    deadlineMs: nowMs + 60 * SECOND_MS,
  });
  const calls = state.calls.filter((other) => other !== number);
  return draft.finish(`${made.kind} ${token} at ${NODES[node]}`, { calls });
}

function commitOf(token: string, origin: string, counter: number): OwnerCall {
  return {
    kind: 'commit',
    key: KEY,
    id: { origin, counter, watermark: counter },
    base: { epoch: 1, seq: 0 },
    operations: [{ kind: 'set', path: ['data', token], value: true }],
    exact: false,
    durability: 'backup',
  };
}

function withQueue(
  channels: WorldState['channels'],
  name: string,
  queue: readonly Envelope[],
): WorldState['channels'] {
  const result = new Map(channels);
  if (queue.length > 0) result.set(name, queue);
  else result.delete(name);
  return result;
}

/** What is on its way to a dead node goes nowhere; what it sent may still arrive. */
function withoutNode(
  channels: WorldState['channels'],
  node: number,
  unsent: boolean,
): WorldState['channels'] {
  const result = new Map<string, readonly Envelope[]>();
  for (const [name, queue] of channels) {
    const [first] = queue;
    if (!first || first.to === node || (unsent && first.from === node)) continue;
    result.set(name, queue);
  }
  return result;
}
