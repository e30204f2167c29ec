import type { CoreSettings } from '../../core/context.js';
import { type Bounds, EXPLORED_TIMINGS } from './bounds.js';
import { judgeEnd, judgeState } from './judge.js';
import { LocalMachine } from './local-machine.js';
import { CALLS, callAt, deliveries, KEY, passSecond, successors } from './transitions.js';
import { keyOf, NODES, pathTo, type WorldState } from './world-state.js';

export interface ExplorationLimits {
  readonly states: number;
  readonly milliseconds: number;
}

export interface Exploration {
  readonly bounds: Bounds;
  /** States of all nodes together. */
  readonly states: number;
  /** Ways that led to a state known already. */
  readonly merged: number;
  /** States of single nodes: what the core really had to do. */
  readonly localStates: number;
  /** States followed to their end. */
  readonly ends: number;
  readonly depth: number;
  /** What kept it from looking at everything within its bounds. */
  readonly stoppedBy: 'nothing' | 'states' | 'time' | 'violation';
  readonly violation: string | undefined;
  readonly path: readonly string[];
}

/** Of the states, this many are not followed to their end for each one that is. */
const ENDS_EVERY = 8;

/**
 * Looks at every order in which messages, crashes, a partition, calls and time can follow one
 * another, within bounds, breadth first, so that what it finds is as short as can be. It runs the
 * same core as production.
 *
 * @param nowMs For the limit of time; what is found within it does not depend on it.
 */
export function explore(
  bounds: Bounds,
  limits: ExplorationLimits,
  nowMs: () => number,
): Exploration {
  const machines = NODES.map((id) => new LocalMachine(settingsOf(id), KEY, 0));
  const first = prologue(machines, bounds);
  const seen = new Set([keyOf(first)]);
  let frontier = [first];
  let [merged, ends, depth, count] = [0, 0, 0, 0];
  const startedMs = nowMs();
  const report = (
    stoppedBy: Exploration['stoppedBy'],
    violation?: string,
    state?: WorldState,
  ): Exploration => ({
    bounds,
    states: seen.size,
    merged,
    localStates: machines.reduce((sum, machine) => sum + machine.states, 0),
    ends,
    depth,
    stoppedBy,
    violation,
    path: state ? pathTo(state) : [],
  });
  while (frontier.length > 0) {
    const next: WorldState[] = [];
    for (const state of frontier) {
      if (count++ % ENDS_EVERY === 0) {
        ends++;
        const wrong = judgeEnd(machines, state);
        if (wrong) return report('violation', wrong, state);
      }
      for (const successor of successors(machines, state)) {
        const key = keyOf(successor);
        if (seen.has(key)) {
          merged++;
          continue;
        }
        const wrong = judgeState(successor);
        if (wrong) return report('violation', wrong, successor);
        seen.add(key);
        next.push(successor);
      }
      if (seen.size > limits.states) return report('states');
      if (nowMs() - startedMs > limits.milliseconds) return report('time');
    }
    frontier = next;
    depth++;
  }
  return report('nothing');
}

function settingsOf(id: string): CoreSettings {
  return {
    id,
    label: id,
    weight: 1,
    backups: 1,
    onIsolation: 'serve',
    timings: EXPLORED_TIMINGS,
  };
}

/** Three nodes that know each other, and a session that the first one owns. */
function prologue(machines: readonly LocalMachine[], bounds: Bounds): WorldState {
  const { crashes, partitions, overtakings, seconds } = bounds;
  let state: WorldState = {
    locals: machines.map(({ root }) => root),
    channels: new Map(),
    crashed: [false, false, false],
    apart: undefined,
    nowMs: 0,
    left: { crashes: 0, partitions: 0, overtakings: 0, seconds: 2 },
    calls: [],
    acknowledged: [],
    wasApart: false,
    parent: undefined,
    action: 'begin',
  };
  state = quiet(machines, passSecond(machines, state));
  state = quiet(
    machines,
    callAt(
      machines,
      state,
      CALLS.length,
      {
        kind: 'create',
        key: KEY,
        id: { origin: 'n1~1', counter: 100, watermark: 0 },
        data: {},
        system: {},
        idleTimeoutMs: 3_600_000,
        absoluteTimeoutMs: 3_600_000,
        durability: 'backup',
      },
      0,
    ),
  );
  const left = { crashes, partitions, overtakings, seconds };
  const begun = { ...state, left, calls: bounds.calls, parent: undefined, action: 'begin' };
  return bounds.isOwnerDead ? afterDeath(machines, begun) : begun;
}

/**
 * The owner has acknowledged a change and died, and the others have found out. The change is at its
 * second backup, for the first one, which has an older copy, does not get what was sent to it.
 */
function afterDeath(machines: readonly LocalMachine[], from: WorldState): WorldState {
  const first = from.locals.findIndex(({ view }) => view.role === 'backup');
  const withheld = `0>${first}r`;
  let state = quiet(machines, callAt(machines, from, 0), withheld);
  for (let second = 0; second < 4 && state.acknowledged.length === 0; second++) {
    state = quiet(machines, passSecond(machines, state), withheld);
  }
  if (state.acknowledged.length === 0) throw new RangeError('there was no second backup');
  state = { ...state, crashed: [true, false, false] };
  for (let second = 0; second < 3; second++) state = passSecond(machines, state);
  return { ...state, left: from.left, calls: from.calls, parent: undefined, action: 'owner dead' };
}

/** Everything arrives, but for what one connection carries. */
function quiet(machines: readonly LocalMachine[], from: WorldState, withheld?: string): WorldState {
  let state = from;
  for (;;) {
    const next = deliveries(machines, state, withheld).next();
    if (next.done) return state;
    state = next.value;
  }
}
