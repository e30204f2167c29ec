import type { CoreEffect, CoreEvent } from '../core/events.js';
import type { Violation } from './checker/evidence.js';
import { checkLeaving } from './checker/invariants-drain.js';
import { GrantWatch } from './checker/invariants-handoffs.js';
import { checkHolders } from './checker/invariants-holders.js';
import { checkLinks, LinkWatch } from './checker/invariants-links.js';
import { OwnerWatch } from './checker/invariants-owners.js';
import { PromiseWatch } from './checker/invariants-promises.js';
import { checkApplied, StampWatch, stampsBefore } from './checker/invariants-stamps.js';
import { stepInvariants } from './checker/invariants-steps.js';
import { SIMULATION_LIMITS } from './limits.js';
import type { SimProcess } from './sim-process.js';
import type { World } from './world.js';

/** Between two looks at all nodes; what one step can show is looked at after each. */
const LOOK_MS = 100;
/** Contents are decoded for this, so it is done less often. */
const STAMPS_EVERY = 10;

/** Looks into the nodes while they run, for what no client could see. Changes nothing. */
export class Monitor {
  readonly violations: Violation[] = [];
  readonly #grants = new GrantWatch();
  readonly #links = new LinkWatch();
  readonly #owners = new OwnerWatch();
  readonly #promises = new PromiseWatch();
  readonly #stamps = new StampWatch();
  #looks = 0;

  constructor(private readonly world: World) {
    this.#lookAgain();
  }

  /** Around each step of each node; what is returned is called before its effects happen. */
  watch(process: SimProcess, event: CoreEvent): (effects: readonly CoreEffect[]) => void {
    const frame =
      event.kind === 'message' && event.message.kind === 'replicate' ? event.message : undefined;
    const before = frame && stampsBefore(process, frame);
    return (effects) => {
      for (const found of stepInvariants(this.world, process, event, effects)) this.#note(found);
      for (const found of this.#grants.watch(this.world, process, effects)) this.#note(found);
      if (!frame || !before) return;
      for (const found of checkApplied(this.world, process, frame, before)) this.#note(found);
    };
  }

  /** A drained process is about to stop. */
  leaving(process: SimProcess): void {
    for (const found of checkLeaving(this.world, process)) this.#note(found);
  }

  #lookAgain(): void {
    this.world.scheduler.after(LOOK_MS, () => {
      this.#look();
      this.#lookAgain();
    });
  }

  #look(): void {
    const { world } = this;
    const found = [
      ...checkHolders(world),
      ...checkLinks(world, this.#links),
      ...this.#owners.look(world),
      ...this.#promises.look(world),
    ];
    if (this.#looks++ % STAMPS_EVERY === 0) found.push(...this.#stamps.look(world));
    for (const violation of found) this.#note(violation);
  }

  #note(violation: Violation): void {
    if (this.violations.length < SIMULATION_LIMITS.violations) this.violations.push(violation);
  }
}
