import type { ConsumeRequest } from '@understudy/replication';

/** A count that belongs to no session; the id is hashed before it leaves this node. */
export function sharedScope(rule: string, kind: string, key: string): ConsumeRequest['scope'] {
  return { kind: 'shared', id: `${rule}:${kind}:${key}` };
}
