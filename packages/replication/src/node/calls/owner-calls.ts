import { createHash } from 'node:crypto';
import type { OwnerCall } from '../../core/calls/calls.js';
import type { CommitId } from '../../core/record/applied-commits.js';
import { compareVersions } from '../../core/record/version.js';
import type {
  CommitRequest,
  ConsumeRequest,
  CreateRequest,
  Durability,
  RotateRequest,
} from '../api/cluster-api.js';

/**
 * Takes an id. Asked for last where a request may turn out to be unusable: an id that is taken and
 * never answered would hold up the watermark for ever.
 */
type NextId = () => CommitId;
type CallOf<Kind extends OwnerCall['kind']> = Extract<OwnerCall, { kind: Kind }>;

export function createCall(
  request: CreateRequest,
  usual: Durability,
  nextId: NextId,
): CallOf<'create'> {
  const { key, data, system, idleTimeoutMs, absoluteTimeoutMs, journal, standing } = request;
  return {
    kind: 'create',
    key,
    id: nextId(),
    data,
    system,
    idleTimeoutMs,
    absoluteTimeoutMs,
    durability: request.durability ?? usual,
    journal,
    standing,
  };
}

export function commitCall(
  request: CommitRequest,
  usual: Durability,
  nextId: NextId,
): CallOf<'commit'> {
  const { key, base, operations, journal, idleTimeoutMs, lock, snapshot } = request;
  const durability = request.durability ?? usual;
  const exact = request.expect === 'exact';
  const hasBase = snapshot && compareVersions(snapshot.version, base) === 0 ? true : undefined;
  return {
    kind: 'commit',
    key,
    id: nextId(),
    base,
    operations,
    exact,
    durability,
    journal,
    idleTimeoutMs,
    hasBase,
    lock,
  };
}

export function rotateCall(
  request: RotateRequest,
  usual: Durability,
  nextId: NextId,
): CallOf<'rotate'> {
  const { from, to, base, operations, acrossLogin, journal, standing } = request;
  const { idleTimeoutMs, absoluteTimeoutMs } = request;
  return {
    kind: 'rotate',
    key: from,
    id: nextId(),
    to,
    base,
    operations,
    acrossLogin,
    durability: request.durability ?? usual,
    journal,
    idleTimeoutMs,
    absoluteTimeoutMs,
    standing,
  };
}

export function consumeCall(request: ConsumeRequest, nextId: NextId): CallOf<'consume'> {
  const { scope, policy, cost = 1 } = request;
  return {
    kind: 'consume',
    key: scope.kind === 'session' ? scope.key : sharedKey(scope.id),
    scope: scope.kind,
    policy: policy.name,
    intervalMs: policy.intervalMs,
    burst: policy.burst,
    cost,
    id: nextId(),
  };
}

/** Keys of records that belong to no session; hashed, so that an address never travels. */
function sharedKey(id: string): string {
  return createHash('sha256').update(`shared\0${id}`).digest('base64url');
}
