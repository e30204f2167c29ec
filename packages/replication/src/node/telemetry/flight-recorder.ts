import type { CoreNotice } from '../../core/events.js';
import { NODE_LIMITS } from '../limits.js';

/** Something that happened to a record at this node. */
export interface FlightEvent {
  /** On the node's own clock. */
  readonly atMs: number;
  readonly kind: CoreNotice['kind'];
  readonly text: string;
}

/** The last things that happened to any record here, for whoever asks about one of them later. */
export class FlightRecorder {
  readonly #events: (FlightEvent & { readonly key: string })[] = [];
  #next = 0;

  add(atMs: number, notice: CoreNotice): void {
    if (!('key' in notice)) return;
    const { kind, key, ...facts } = notice;
    // Not the successor's key: whoever may look into an end need not learn of what goes on.
    const told = kind === 'buried' ? { reason: notice.reason } : facts;
    this.#events[this.#next] = { atMs, kind, key, text: describe(told) };
    this.#next = (this.#next + 1) % NODE_LIMITS.flightEvents;
  }

  /** Oldest first. */
  recent(key: string): FlightEvent[] {
    const { length } = this.#events;
    const found: FlightEvent[] = [];
    for (let step = 1; step <= length && found.length < NODE_LIMITS.eventsPerRecord; step++) {
      const event = this.#events[(this.#next - step + 2 * length) % length];
      if (event?.key !== key) continue;
      const { atMs, kind, text } = event;
      found.unshift({ atMs, kind, text });
    }
    return found;
  }
}

/** Versions as `epoch.seq`, everything else as it is. */
function describe(facts: object): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? versionText(value) : value}`)
    .join(', ');
}

function versionText(value: { readonly epoch?: number; readonly seq?: number }): string {
  return 'epoch' in value ? `${value.epoch}.${value.seq}` : JSON.stringify(value);
}
