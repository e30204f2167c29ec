import type { CoreNotice } from '../../core/events.js';
import type { NodeCore } from '../../core/node-core.js';
import { wallMsOf } from '../../core/record/hybrid-clock.js';
import type { ClusterEvent, MemberState } from '../api/cluster-api.js';
import { describeMembers } from './describe-members.js';
import { recordHandle } from './record-handle.js';

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
        keyHash: recordHandle(notice.key),
        from: notice.from,
        version: notice.version,
        tookMs: notice.tookMs,
      };
    case 'handoff':
      return { kind: 'handoff', keyHash: recordHandle(notice.key), to: notice.to };
    case 'no-copy':
      return { kind: 'no-copy', keyHash: recordHandle(notice.key) };
    case 'lost-revisions':
      return {
        kind: 'lost-revisions',
        keyHash: recordHandle(notice.key),
        seen: notice.seen,
        found: notice.found,
      };
    case 'ended':
      return {
        kind: 'ended',
        keyHash: recordHandle(notice.key),
        key: notice.key,
        reason: notice.reason,
      };
    case 'buried':
      return {
        kind: 'buried',
        keyHash: recordHandle(notice.key),
        reason: notice.reason,
        successorHash: notice.to && recordHandle(notice.to),
      };
    case 'superseded':
      return {
        kind: 'superseded',
        keyHash: recordHandle(notice.key),
        path: notice.path,
        changedMs: wallMsOf(notice.at),
        byMs: notice.by === undefined ? undefined : wallMsOf(notice.by),
      };
    case 'clock-ahead':
      return {
        kind: 'clock-ahead',
        node: core.labelOf(notice.incarnation),
        aheadMs: notice.aheadMs,
      };
    case 'unreadable':
      return {
        kind: 'frame-refused',
        reason: `the copy of record ${recordHandle(notice.key)} is unreadable`,
      };
    case 'restored':
      return { kind: 'restored', keyHash: recordHandle(notice.key), version: notice.version };
    case 'tier-behind':
      return { kind: 'tier-behind', keyHash: recordHandle(notice.key) };
    case 'evicted':
    case 'fenced':
    case 'digest-mismatch':
    case 'resync':
    case 'limit':
      return undefined;
  }
}
