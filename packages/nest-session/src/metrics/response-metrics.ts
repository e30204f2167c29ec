import type { ClusterMetric } from '@understudy/replication';
import { RESPONSE_HEADERS } from '../http/contract.js';
import type { Settlement } from '../http/settlement.js';
import type { SessionEventKind } from '../session-events.js';
import { HeldTimes } from './held-times.js';

/**
 * What became of a response. `passed`: nothing was to be stored. `held`: held back until what it
 * tells was stored. `replayed`: the outcome of an earlier request with the same key. `refused`: a
 * problem in place of it, because the change could not be stored.
 */
type ResponseResult = 'passed' | 'held' | 'replayed' | 'refused';

/** Counts what the session layer does to responses; adding to it costs next to nothing. */
export class ResponseMetrics {
  readonly #results: Record<ResponseResult, number> = {
    passed: 0,
    held: 0,
    replayed: 0,
    refused: 0,
  };
  readonly #events = new Map<SessionEventKind, number>();
  readonly #held = new HeldTimes();

  event(kind: SessionEventKind): void {
    this.#events.set(kind, (this.#events.get(kind) ?? 0) + 1);
  }

  /** Counts how a response was settled; `heldMs`: how long it was held back for that, if at all. */
  settled(settlement: Settlement, heldMs: number | undefined): void {
    if (heldMs !== undefined) this.#held.add(heldMs);
    this.#results[resultOf(settlement, heldMs === undefined ? 'passed' : 'held')]++;
  }

  read(): readonly ClusterMetric[] {
    return [
      counter(
        'http_responses_total',
        'Responses by what became of them',
        'result',
        Object.entries(this.#results),
      ),
      counter('session_events_total', 'What happened to sessions here', 'kind', this.#events),
      {
        kind: 'histogram',
        name: 'understudy_http_held_seconds',
        help: 'How long responses were held back until what they tell was stored',
        samples: [{ labels: {}, ...this.#held.snapshot() }],
      },
    ];
  }
}

function resultOf({ replacement }: Settlement, otherwise: ResponseResult): ResponseResult {
  if (!replacement) return otherwise;
  return RESPONSE_HEADERS.idempotentReplayed in replacement.headers ? 'replayed' : 'refused';
}

function counter(
  name: string,
  help: string,
  label: string,
  counts: Iterable<readonly [string, number]>,
): ClusterMetric {
  const samples = Array.from(counts, ([of, value]) => ({ labels: { [label]: of }, value }));
  return { kind: 'counter', name: `understudy_${name}`, help, samples };
}
