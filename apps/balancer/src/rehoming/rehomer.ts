import type { AdminSource } from '../admin/admin-source.js';
import type { Fleet } from '../fleet.js';
import { since, type WeighedNode, weighedNodes } from '../metrics/balance.js';
import { type Move, NO_MOVES } from './move.js';
import { NO_PLAN, nextPlan, type Rehoming } from './plan.js';

/** Requests of so many looks tell how much a node has to do. */
const LOOKS = 5;

/** Looks at the nodes from time to time, and says what is to be moved. */
export class Rehomer {
  /** Counts of former looks, by label; a node that comes back begins anew. */
  readonly #looks: ReadonlyMap<string, number>[] = [];
  #plan = NO_PLAN;

  /** @param nodes `requests` are all since the start. */
  constructor(
    readonly nodes: () => readonly WeighedNode[],
    readonly settings: Rehoming,
    readonly now: () => number,
  ) {}

  look(): readonly Move[] {
    if (this.settings.sessionsPerSecond === 0) {
      this.#looks.length = 0;
      // Whoever turns it on again begins: the time in between is none in which a share has grown.
      this.#plan = { ...NO_PLAN, begun: this.#plan.begun };
      return NO_MOVES;
    }
    const nodes = this.nodes();
    const first = this.#looks[0];
    this.#looks.push(new Map(nodes.map((node) => [node.label, node.requests])));
    if (this.#looks.length > LOOKS) this.#looks.shift();
    if (first === undefined) return NO_MOVES;
    const lately = nodes.map((node) => ({ ...node, requests: since(node, first.get(node.label)) }));
    this.#plan = nextPlan(this.#plan, lately, this.settings, this.now());
    return this.#plan.moves;
  }
}

const LOOK_MS = 1_000;

/** Keeps the moves of a fleet up to date, until it is told to stop. */
export function startRehoming(
  fleet: Fleet,
  source: Pick<AdminSource, 'nodes'>,
  settings: Rehoming,
): () => void {
  const rehomer = new Rehomer(() => weighedNodes(source), settings, fleet.options.now);
  const timer = setInterval(() => {
    fleet.moves = rehomer.look();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
