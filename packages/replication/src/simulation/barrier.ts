/**
 * What becomes of messages that cannot be passed on. `late`: brokers keep them, and nothing overtakes
 * them. `overtaken`: they arrive late as well, but newer messages go first. `lost`: they are dropped,
 * and after a while the brokers say that nobody listens on the other side.
 */
export type BarrierMode = 'late' | 'overtaken' | 'lost';

/** A place where messages do not get through, for a time. */
export interface Barrier {
  /** By the ids of nodes. */
  readonly stops: (from: string, to: string) => boolean;
  readonly mode: BarrierMode;
  /** With `lost`: from then on the brokers report that nobody listens. */
  readonly hintsFromMs: number;
  readonly held: (() => void)[];
  /** Set when it is lifted with `late`: until then, what crosses waits behind what was kept. */
  lateUntilMs: number | undefined;
}

export function splitBy(side: ReadonlySet<string>): Barrier['stops'] {
  return (from, to) => side.has(from) !== side.has(to);
}

/** The side is heard by nobody else, and hears everybody. */
export function muted(side: ReadonlySet<string>): Barrier['stops'] {
  return (from, to) => side.has(from) && !side.has(to);
}

export function around(node: string): Barrier['stops'] {
  return (from, to) => from === node || to === node;
}
