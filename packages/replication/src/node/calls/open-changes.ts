import type { CallOutcome, CallResult, OwnerCall } from '../../core/calls/calls.js';
import type { CommitResult, SessionSnapshot } from '../api/cluster-api.js';
import type { NodeDriver } from '../driver/node-driver.js';
import { toCommitResult } from './call-results.js';
import { completeCommit } from './complete-commit.js';
import type { OpenCalls } from './open-calls.js';

type Change = Extract<OwnerCall, { kind: 'create' | 'commit' | 'rotate' }>;

/** Calls that change a session: timed, and answered with the document that came of them. */
export class OpenChanges {
  constructor(
    private readonly driver: NodeDriver,
    private readonly calls: OpenCalls,
  ) {}

  make(call: Change, snapshot?: SessionSnapshot): Promise<CommitResult> {
    const startedMs = this.driver.nowMs;
    return this.calls.call(call, (result) =>
      result.kind === 'accepted'
        ? this.#completed(result, call, snapshot).then((completed) =>
            this.#changed(call, startedMs, completed),
          )
        : this.#changed(call, startedMs, result),
    );
  }

  #changed(call: Change, startedMs: number, result: CallOutcome): CommitResult {
    const { driver } = this;
    if (result.kind === 'committed') {
      driver.metrics.committed(call.durability, driver.nowMs - startedMs);
    }
    return toCommitResult(result, call.id);
  }

  /** A change that another node made, with the document that came of it. */
  async #completed(
    accepted: Extract<CallResult, { kind: 'accepted' }>,
    call: OwnerCall,
    snapshot: SessionSnapshot | undefined,
  ): Promise<CallOutcome> {
    if (call.kind === 'commit' && snapshot) {
      const committed = completeCommit(accepted, snapshot, call.operations);
      if (committed) return committed;
    }
    const found = await this.calls.call({ kind: 'open', key: call.key }, (result) => result);
    if (found.kind !== 'record') return found;
    return { kind: 'committed', view: found.view, copies: accepted.copies };
  }
}
