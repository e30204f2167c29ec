import type { HistoryEntry } from '../history.js';
import { HOUR_MS } from '../requests.js';
import { leaptMs } from './excuses.js';
import type { SessionStory } from './session-story.js';

/** Clocks differ a little, and what is said of time on the wire is as old as its message. */
const SURELY_ALIVE = 0.97;
/** Each takeover may add a tenth of the idle time; with delays besides. */
const SURELY_OVER = 1.35;
const SURELY_OVER_MS = 2000;

export function isShortLived({ ledger }: SessionStory): boolean {
  return ledger.idleTimeoutMs < HOUR_MS;
}

/** Whether the session may have been idle for too long at that time, as far as clients know. */
export function mayHaveExpired(story: SessionStory, atMs: number): boolean {
  if (!isShortLived(story)) return false;
  const last = Math.max(
    0,
    ...story.entries.filter(isActivity).map((entry) => startOf(entry, atMs)),
  );
  const idleMs = story.ledger.idleTimeoutMs * SURELY_ALIVE - leaptMs(story.evidence.faults);
  return atMs > last + idleMs;
}

/** Whether it must be over by then, whatever happened to calls whose end nobody knows. */
export function mustHaveExpired(story: SessionStory, atMs: number): boolean {
  if (!isShortLived(story)) return false;
  let last = 0;
  for (const entry of story.entries) {
    if (entry.beginMs >= atMs || entry.call.kind === 'open') continue;
    last = Math.max(last, entry.endMs ?? Number.POSITIVE_INFINITY);
  }
  return atMs > last + story.ledger.idleTimeoutMs * SURELY_OVER + SURELY_OVER_MS;
}

/** Calls that begin the idle time anew, and were acknowledged. */
function isActivity({ call, result }: HistoryEntry): boolean {
  if (call.kind === 'touch') return result?.kind === 'done';
  const asked = call.kind === 'create' || call.kind === 'commit' || call.kind === 'rotate';
  return asked && result?.kind === 'committed' && result.copies > 0;
}

function startOf({ beginMs, endMs = 0 }: HistoryEntry, atMs: number): number {
  return endMs < atMs ? beginMs : 0;
}
