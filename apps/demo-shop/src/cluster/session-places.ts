import { Inject, Injectable } from '@nestjs/common';
import { SESSION_CLUSTER, type SessionHandle } from '@understudy/nest-session';
import { type Cluster, formatVersion } from '@understudy/replication';

/** Where a session lives, for the dock and for `whoami`. */
export interface SessionPlace {
  /** Label of the node that orders its changes. */
  readonly owner: string;
  /** Labels of the nodes that hold a copy. */
  readonly backups: readonly string[];
  /** `epoch.seq`. */
  readonly revision: string;
}

interface CookieRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly session?: SessionHandle | undefined;
}

/** Asks the cluster where the session of a request is. */
@Injectable()
export class SessionPlaces {
  constructor(@Inject(SESSION_CLUSTER) private readonly cluster: Cluster) {}

  /** Undefined without a session, and when the cluster cannot say so now: it is only shown. */
  async of({ headers, session }: CookieRequest): Promise<SessionPlace | undefined> {
    // Without a cookie there is no record, and asking for the id would mint one.
    if (session === undefined || !/(^|; ?)(__Host-)?sid=/.test(String(headers.cookie ?? ''))) {
      return undefined;
    }
    try {
      const result = await this.cluster.open(session.id);
      if (result.status !== 'found') return undefined;
      const { owner, backups, version } = result.snapshot;
      return { owner, backups, revision: formatVersion(version) };
    } catch {
      return undefined;
    }
  }
}
