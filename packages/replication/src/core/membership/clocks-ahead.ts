import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import type { Incarnation } from '../record/record.js';

/** Goes past the times that other nodes tell, and reports each clock that is too far ahead once. */
export class ClocksAhead {
  readonly #reported = new Set<Incarnation>();

  constructor(private readonly context: CoreContext) {}

  follow(time: HybridTime, of: Incarnation): void {
    const { clock, nowMs } = this.context;
    const aheadMs = clock.follow(time, nowMs);
    if (aheadMs === 0) this.#reported.delete(of);
    else if (!this.#reported.has(of)) {
      if (this.#reported.size < LIMITS.members) this.#reported.add(of);
      this.context.notice({ kind: 'clock-ahead', incarnation: of, aheadMs });
    }
  }
}
