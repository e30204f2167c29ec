import { randomBytes } from 'node:crypto';
import { Logger, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { Cluster } from '@understudy/replication';
import { CsrfGuard } from './csrf/csrf.guard.js';
import { AuthenticatedGuard } from './guards/authenticated.guard.js';
import { RolesGuard } from './guards/roles.guard.js';
import { SessionGuard } from './guards/session.guard.js';
import { IdempotencyGuard } from './idempotency/idempotency.guard.js';
import {
  type NormalizedSessionOptions,
  normalizeSessionOptions,
} from './options/normalize-options.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { RateLimitService } from './rate-limit/rate-limit.service.js';
import { startCluster } from './session.cluster.js';
import { SessionExceptionFilter } from './session.filter.js';
import { SessionLifecycle } from './session.lifecycle.js';
import { MODULE_OPTIONS_TOKEN } from './session.module-definition.js';
import type { SessionModuleOptions } from './session.options.js';
import { createRuntime } from './session.runtime.js';
import { SessionService } from './session.service.js';
import { SessionEvents } from './session-events.js';
import { NORMALIZED_OPTIONS, SESSION_CLUSTER, SESSION_RUNTIME } from './tokens.js';

const logger = new Logger('SessionModule');

/** What other modules may inject. */
export const SESSION_EXPORTS = [
  AuthenticatedGuard,
  CsrfGuard,
  IdempotencyGuard,
  RateLimitGuard,
  RateLimitService,
  RolesGuard,
  SessionEvents,
  SessionGuard,
  SessionService,
  // The guards are made anew in every module that uses them, and need these.
  NORMALIZED_OPTIONS,
  SESSION_CLUSTER,
];

export const SESSION_PROVIDERS: Provider[] = [
  AuthenticatedGuard,
  CsrfGuard,
  IdempotencyGuard,
  RateLimitGuard,
  RateLimitService,
  RolesGuard,
  SessionEvents,
  SessionGuard,
  SessionLifecycle,
  SessionService,
  {
    provide: NORMALIZED_OPTIONS,
    inject: [MODULE_OPTIONS_TOKEN],
    useFactory: (options: SessionModuleOptions): NormalizedSessionOptions => {
      const normalized = normalizeSessionOptions(options, {
        production: process.env.NODE_ENV === 'production',
        randomSecret: () => randomBytes(32).toString('base64url'),
      });
      if (normalized.secretIsRandom) {
        logger.warn('no secret was given: sessions end with this process. For development only');
      }
      return normalized;
    },
  },
  {
    provide: SESSION_CLUSTER,
    inject: [NORMALIZED_OPTIONS],
    useFactory: ({ cluster, tier }: NormalizedSessionOptions) =>
      startCluster(cluster, logger, tier),
  },
  {
    provide: SESSION_RUNTIME,
    inject: [NORMALIZED_OPTIONS, SESSION_CLUSTER, SessionEvents, SessionLifecycle],
    useFactory: (
      options: NormalizedSessionOptions,
      cluster: Cluster,
      events: SessionEvents,
      lifecycle: SessionLifecycle,
    ) => createRuntime({ options, cluster, events, lifecycle, logger }),
  },
  { provide: APP_FILTER, useClass: SessionExceptionFilter },
  { provide: APP_GUARD, useExisting: CsrfGuard },
];
