export interface SlowStart {
  /** From when a node has joined until it is given its whole share; 0: at once. Default 0. */
  readonly durationMs: number;
  /** Of its share, what it is given at first. Default 0.1. */
  readonly fromShare: number;
}

export const DEFAULT_SLOW_START: SlowStart = { durationMs: 0, fromShare: 0.1 };

/** What of its weight a node is given `sinceMs` after it has joined: linear, never less than before. */
export function shareOf(sinceMs: number, { durationMs, fromShare }: SlowStart): number {
  if (sinceMs >= durationMs) return 1;
  return fromShare + ((1 - fromShare) * sinceMs) / durationMs;
}
