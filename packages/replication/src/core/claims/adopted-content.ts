import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import { type Stamp, withStamps } from '../record/lineage-past.js';
import type { RecordContent } from '../record/record.js';
import { openLog } from '../sides/change-log.js';

/**
 * The contents of a copy at its new owner: the lineage it is of is a former one now. Its owner may be
 * well on another side unless it is live here, and then what follows is kept one by one; so it is when
 * that owner has lost sight of a holder (`isApart`).
 */
export function adoptedContent(
  context: CoreContext,
  { epoch, owner, seq }: Stamp,
  content: RecordContent,
  isApart: boolean,
): RecordContent {
  const { clock, nowMs, self, membership } = context;
  if (content.changedAt !== undefined) context.followClock(content.changedAt, owner);
  const floor: Stamp = { epoch, owner, seq };
  const isLost = owner !== self && !membership.isLive(owner);
  const followed = isLost || isApart ? openLog(content, floor, clock.read(nowMs)) : content;
  const log = followed.past?.log;
  const most = log ? LIMITS.formerLineages : LIMITS.formerLineagesAtRest;
  const contains = withStamps(content.past?.contains ?? [], [floor], most);
  return { ...followed, past: { contains, log } };
}
