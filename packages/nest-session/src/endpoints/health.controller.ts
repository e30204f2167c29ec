import { Controller, Get, Header, Inject, Res, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import type { Cluster } from '@understudy/replication';
import { SessionLifecycle } from '../session.lifecycle.js';
import { SESSION_CLUSTER } from '../tokens.js';

/** Both frameworks' responses have it. */
interface StatusResponse {
  status(code: number): unknown;
}

/** Makes the controller that tells load balancers where this node stands, for a path. */
export function healthController(path: string): Type<unknown> {
  @Controller({ path, version: VERSION_NEUTRAL })
  class SessionHealthController {
    constructor(
      @Inject(SESSION_CLUSTER) private readonly cluster: Cluster,
      @Inject(SessionLifecycle) private readonly lifecycle: SessionLifecycle,
    ) {}

    /** 200 ready; 404 draining, so that proxies take it out without an alarm; 503 down. */
    @Get()
    @Header('Cache-Control', 'no-store')
    health(@Res({ passthrough: true }) response: StatusResponse): { readonly state: string } {
      const { state } = this.cluster.status();
      const shown = this.lifecycle.draining && state === 'active' ? 'draining' : state;
      if (shown !== 'active') response.status(shown === 'draining' ? 404 : 503);
      return { state: shown };
    }
  }
  return SessionHealthController;
}
