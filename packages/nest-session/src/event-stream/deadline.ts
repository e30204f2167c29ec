import { noticeMs } from './notice.js';

/** When something in a session is over at a time of its own. */
export interface Deadline {
  /** The event that tells of it. */
  readonly event: string;
  /** Of what it is the end; no other with this event has it. */
  readonly of: string;
  /** In ms since 1970. */
  readonly atMs: number;
  /** The time that is over then, in ms. */
  readonly spanMs: number;
  /** What is told beside the time. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** By what it is the end of: the last deadline that was told of. */
export type ToldDeadlines = ReadonlyMap<string, number>;

export interface DueDeadlines {
  /** Those to tell of now. */
  readonly due: readonly Deadline[];
  readonly told: ToldDeadlines;
}

/**
 * Which deadlines are near and were not told of. One that moved on since is another one; one that moved
 * back is what an older copy of the session says. Of what is gone nothing is kept.
 */
export function dueDeadlines(
  deadlines: readonly Deadline[],
  before: ToldDeadlines,
  nowMs: number,
): DueDeadlines {
  const due: Deadline[] = [];
  const told = new Map<string, number>();
  for (const deadline of deadlines) {
    const { event, of, atMs, spanMs } = deadline;
    const name = `${event} ${of}`;
    const last = before.get(name) ?? Number.NEGATIVE_INFINITY;
    const remainingMs = atMs - nowMs;
    const isNear = remainingMs > 0 && remainingMs <= noticeMs(spanMs);
    if (isNear && atMs > last) due.push(deadline);
    if (isNear || before.has(name)) told.set(name, isNear ? Math.max(atMs, last) : last);
  }
  return { due, told };
}
