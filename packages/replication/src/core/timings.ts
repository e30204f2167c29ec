/** How fast the engine suspects, retries and gives up. All in ms. */
export interface Timings {
  /** Between heartbeats. Raising it slows detection and the balancer's view. */
  readonly heartbeatMs: number;
  /** Silence after which a node is suspected. At least 3 heartbeats. */
  readonly suspectAfterMs: number;
  /** Silence after which a suspected node is dead although nobody else accuses it. */
  readonly deadAloneAfterMs: number;
  /** At least this long between two "nobody listens" hints before they count as evidence. */
  readonly hintSpacingMs: number;
  /** Between two probes of a node that somebody takes for gone: the bus may not have noticed yet. */
  readonly probeSpacingMs: number;
  /** "Nobody listens" for this long is enough when there is no third node to ask. */
  readonly unreachableAloneMs: number;
  /** A gap between two ticks above this means the process was paused: verify before serving. */
  readonly pauseMs: number;
  /** A call without an answer is sent again after this; it carries the same id. */
  readonly resendMs: number;
  /** A link without acknowledgement for this long starts anew. */
  readonly linkTimeoutMs: number;
  /** A commit whose backup is silent for this long gets a substitute backup. */
  readonly substituteAfterMs: number;
  /**
   * Records of a dead node are adopted after this by their first backup, without a request, and copies
   * that were lost with it are made up for: whoever waits for one of its records comes first.
   */
  readonly adoptAfterMs: number;
  /** A record that has come stays at least this long, wherever its requests come through. */
  readonly minHoldMs: number;
  /** Between two comparisons of all copies with their owners. */
  readonly digestMs: number;
  /** After a same-principal rotation the old id answers this long for its successor. */
  readonly aliasMs: number;
}

export const TIMINGS = {
  local: {
    heartbeatMs: 250,
    suspectAfterMs: 1000,
    deadAloneAfterMs: 3000,
    hintSpacingMs: 20,
    probeSpacingMs: 4,
    unreachableAloneMs: 250,
    pauseMs: 600,
    resendMs: 300,
    linkTimeoutMs: 400,
    substituteAfterMs: 300,
    adoptAfterMs: 200,
    minHoldMs: 1000,
    digestMs: 5000,
    aliasMs: 15_000,
  },
} as const satisfies Record<string, Timings>;

export type TimingProfile = keyof typeof TIMINGS;
