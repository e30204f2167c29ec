import type { Fleet, FleetNode } from '../fleet.js';
import type { AttemptResult } from './attempt.js';
import { evidenceOf } from './blame.js';

/** A request at a node, as the records of the fleet have it: from its sending until it is over. */
export class Visit {
  readonly #fleet: Fleet;
  readonly #sentAtMs: number;
  readonly node: FleetNode;
  #firstByteMs: number | undefined;

  constructor(fleet: Fleet, node: FleetNode) {
    this.#fleet = fleet;
    this.node = node;
    node.inFlight++;
    this.#sentAtMs = fleet.sent(node);
  }

  /** From the sending until the head of the response; undefined: none has come. */
  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** The head of a response has come that is passed on. */
  answered(): void {
    this.#firstByteMs = this.#fleet.answered(this.node, this.#sentAtMs);
  }

  /** `result`: what it shows of the node; without, nothing. */
  end(result?: AttemptResult): void {
    if (result?.kind === 'upgraded') this.answered();
    else if (result?.kind === 'failed') {
      const evidence = evidenceOf(result);
      if (evidence === 'answered') this.#fleet.answered(this.node, this.#sentAtMs);
      else if (evidence !== undefined) this.#fleet.failed(this.node, evidence, this.#sentAtMs);
    }
    this.#fleet.released(this.node, this.#sentAtMs);
    this.node.inFlight--;
  }
}
