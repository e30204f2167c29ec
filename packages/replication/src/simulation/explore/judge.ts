import type { LocalMachine } from './local-machine.js';
import { CALLS, callAt, deliveries, heal, KEY, passSecond } from './transitions.js';
import { NODES, type WorldState } from './world-state.js';

/** Time enough after the last fault for everything to be found out, claimed and copied. */
const QUIET_SECONDS = 8;
/** Messages of one second, when nothing else happens; more would be a conversation without end. */
const MOST_MESSAGES = 500;

/** What no state may show. Undefined: nothing is wrong. */
export function judgeState(state: WorldState): string | undefined {
  if (state.wasApart) return undefined;
  const alone = state.acknowledged.find(({ holders }) => holders.length < 2);
  if (alone) return `the change ${alone.token} was acknowledged as held elsewhere, and is not`;
  const owners = alive(state).filter((node) => {
    const view = state.locals[node]?.view;
    return view?.role === 'owner' && view.isVerified;
  });
  for (const one of owners) {
    for (const other of owners) {
      const [left, right] = [state.locals[one]?.view, state.locals[other]?.view];
      if (one < other && left?.epoch === right?.epoch) {
        return `${NODES[one]} and ${NODES[other]} both lead epoch ${left?.epoch}`;
      }
    }
    const older = olderOf(state, one);
    if (older) return older;
  }
  return undefined;
}

/**
 * Who leads has every acknowledged change that a node alive has, from its first answer on (invariant I21);
 * that a later look at the copies would bring it is too late for the client that reads before.
 */
function olderOf(state: WorldState, owner: number): string | undefined {
  const { tokens = [], epoch, seq } = state.locals[owner]?.view ?? {};
  const lacked = state.acknowledged.find(
    ({ token, holders }) => !tokens.includes(token) && holders.some((node) => !state.crashed[node]),
  );
  if (!lacked) return undefined;
  return `${NODES[owner]} leads as ${epoch}.${seq} without the acknowledged change ${lacked.token}`;
}

/** Lets everything arrive and time pass, asks for the session once, and looks what came of it. */
export function judgeEnd(machines: readonly LocalMachine[], from: WorldState): string | undefined {
  let state = settle(machines, from.apart === undefined ? from : heal(machines, from));
  if (typeof state === 'string') return state;
  const [asked] = alive(state);
  for (let second = 0; second < QUIET_SECONDS; second++) {
    state = settle(machines, passSecond(machines, state));
    if (typeof state === 'string') return state;
    if (second === 3 && asked !== undefined) {
      const call = { kind: 'open', key: KEY } as const;
      state = settle(machines, callAt(machines, state, CALLS.length + 1, call, asked));
      if (typeof state === 'string') return state;
    }
  }
  return judgeRest(state);
}

function judgeRest(state: WorldState): string | undefined {
  const nodes = alive(state);
  const views = nodes.map((node) => ({ node, view: state.locals[node]?.view }));
  const holders = views.filter(({ view }) => view?.role !== 'none');
  const owners = views.filter(({ view }) => view?.role === 'owner');
  if (holders.length === 0) return state.acknowledged.length > 0 ? lossOf(state, []) : undefined;
  const shape = views
    .map(
      ({ node, view }) =>
        `${NODES[node]} ${view?.role} ${view?.epoch}.${view?.seq} [${view?.tokens}]`,
    )
    .join('; ');
  if (owners.length !== 1) return `${owners.length} owners at the end: ${shape}`;
  const [owner] = owners;
  const tokens = owner?.view?.tokens ?? [];
  // What a node holds beyond those is garbage, which digests clear away, and no request is served from.
  const differs = holders.some(
    ({ view }) =>
      view !== undefined &&
      owner?.view?.backups.includes(view.self) &&
      view.tokens.join() !== tokens.join(),
  );
  if (differs) return `copies differ at the end: ${shape}`;
  const loss = lossOf(state, tokens);
  return loss && `${loss}: ${shape}`;
}

/** An acknowledged change that is gone although one of its holders lives. */
function lossOf(state: WorldState, tokens: readonly string[]): string | undefined {
  // Sides that went on apart both acknowledge, and one of them yields.
  if (state.wasApart) return undefined;
  const lost = state.acknowledged.find(
    ({ token, holders }) => !tokens.includes(token) && holders.some((node) => !state.crashed[node]),
  );
  if (!lost) return undefined;
  const who = lost.holders.map((node) => NODES[node]).join(', ');
  return `the acknowledged change ${lost.token}, held by ${who}, is lost`;
}

function settle(machines: readonly LocalMachine[], from: WorldState): WorldState | string {
  let state: WorldState = { ...from, left: { ...from.left, overtakings: 0 } };
  for (let count = 0; count < MOST_MESSAGES; count++) {
    const next = deliveries(machines, state).next();
    if (next.done) return state;
    state = next.value;
  }
  return 'the nodes never stop talking';
}

function alive(state: WorldState): number[] {
  return [0, 1, 2].filter((node) => !state.crashed[node]);
}
