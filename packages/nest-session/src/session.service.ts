import { Inject, Injectable } from '@nestjs/common';
import type { Cluster, ClusterMember, ClusterStatus } from '@understudy/replication';
import { toSessionError } from './exchange/store-errors.js';
import { SESSION_CLUSTER } from './tokens.js';

/** Sessions from outside of requests. Sessions are named by `session.id`, the hash of their id. */
@Injectable()
export class SessionService {
  constructor(@Inject(SESSION_CLUSTER) private readonly cluster: Cluster) {}

  /**
   * Ends a session on every node; resolves when no reachable node would serve it again, also for
   * one that has ended already. Rejects with a `SessionError` when the cluster cannot say so now.
   */
  async revoke(session: string, reason = 'revoked'): Promise<void> {
    try {
      await this.cluster.destroy(session, reason);
    } catch (error) {
      throw toSessionError(error, false);
    }
  }

  /** Where this node stands. */
  status(): ClusterStatus {
    return this.cluster.status();
  }

  /** The nodes of the cluster, as this one sees them. */
  members(): readonly ClusterMember[] {
    return this.cluster.members();
  }
}
