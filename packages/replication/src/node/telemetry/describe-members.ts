import type { NodeCore } from '../../core/node-core.js';
import type { ClusterMember } from '../api/cluster-api.js';

/** The cluster as this node sees it, itself first. */
export function describeMembers(core: NodeCore): ClusterMember[] {
  const { settings } = core;
  const members: ClusterMember[] = [
    {
      id: settings.id,
      label: settings.label,
      incarnation: core.self,
      state: core.state,
      zone: settings.zone,
      weight: settings.weight,
      url: settings.url,
      pid: settings.pid,
      sessionsOwned: core.ownedCount,
      sessionsHeld: core.records.size - core.ownedCount,
      self: true,
    },
  ];
  for (const member of core.membership.members.values()) {
    const { id, label, zone, weight, url, pid, owned, held, state } = member.heartbeat;
    members.push({
      id,
      label,
      incarnation: member.incarnation,
      state: member.status === 'alive' ? state : member.status,
      zone,
      weight,
      url,
      pid,
      sessionsOwned: owned,
      sessionsHeld: held,
      self: false,
    });
  }
  return members;
}
