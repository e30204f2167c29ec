import { Injectable } from '@nestjs/common';

/** Where this application is on its way out; read by every response. */
@Injectable()
export class SessionLifecycle {
  /** True from the first sign of shutdown: responses close their connections. */
  draining = false;
}
