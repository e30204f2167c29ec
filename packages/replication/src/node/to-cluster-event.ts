import type { CoreNotice } from '../core/events.js';
import type { NodeCore } from '../core/node-core.js';
import type { ClusterEvent, MemberState } from './cluster-api.js';
import { describeMembers } from './describe-members.js';

/** Enough to tell records apart in a log, too little to find one. */
const HANDLE_CHARACTERS = 10;

/** What the outside learns of a notice of the core; undefined for what concerns only the engine. */
export function toClusterEvent(notice: CoreNotice, core: NodeCore): ClusterEvent | undefined {
  switch (notice.kind) {
    case 'member': {
      const member = describeMembers(core).find(
        (candidate) => candidate.incarnation === notice.incarnation,
      );
      if (!member) return undefined;
      return { kind: 'member', member, previous: notice.previous as MemberState | undefined };
    }
    case 'takeover':
      return {
        kind: 'takeover',
        keyHash: handle(notice.key),
        from: notice.from,
        version: notice.version,
        tookMs: notice.tookMs,
      };
    case 'handoff':
      return { kind: 'handoff', keyHash: handle(notice.key), to: notice.to };
    case 'no-copy':
      return { kind: 'no-copy', keyHash: handle(notice.key) };
    case 'lost-revisions':
      return {
        kind: 'lost-revisions',
        keyHash: handle(notice.key),
        seen: notice.seen,
        found: notice.found,
      };
    case 'ended':
      return { kind: 'ended', keyHash: handle(notice.key), reason: notice.reason };
    case 'unreadable':
      return {
        kind: 'frame-refused',
        reason: `the copy of record ${handle(notice.key)} is unreadable`,
      };
    case 'fenced':
    case 'limit':
      return undefined;
  }
}

function handle(key: string): string {
  return key.slice(0, HANDLE_CHARACTERS);
}
