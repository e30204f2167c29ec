import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Cluster } from '@understudy/replication';
import {
  type NormalizedSessionOptions,
  normalizeSessionOptions,
} from '../options/normalize-options.js';
import { startCluster } from '../session.cluster.js';
import { SessionExceptionFilter } from '../session.filter.js';
import { SessionLifecycle } from '../session.lifecycle.js';
import { MODULE_OPTIONS_TOKEN } from '../session.module-definition.js';
import type { SessionModuleOptions } from '../session.options.js';
import { createRuntime } from '../session.runtime.js';
import { SessionService } from '../session.service.js';
import { SessionEvents } from '../session-events.js';
import { NORMALIZED_OPTIONS, SESSION_CLUSTER, SESSION_RUNTIME } from '../tokens.js';
import { loadSpanStarter } from '../tracing/load-span-starter.js';
import type { FeatureProviders } from './feature-providers.js';

const logger = new Logger('SessionModule');

/** What every request needs: the checked options, the engine, and what is made of the two. */
export const RUNTIME_PROVIDERS: FeatureProviders = {
  providers: [
    SessionEvents,
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
        if (normalized.transport.has('url')) {
          logger.warn('transport allows url: ids end in logs, histories and Referer (ASVS 14.2.1)');
        }
        return normalized;
      },
    },
    {
      provide: SESSION_CLUSTER,
      inject: [NORMALIZED_OPTIONS],
      useFactory: (options: NormalizedSessionOptions) => startCluster(options, logger),
    },
    {
      provide: SESSION_RUNTIME,
      inject: [NORMALIZED_OPTIONS, SESSION_CLUSTER, SessionEvents, SessionLifecycle],
      useFactory: async (
        options: NormalizedSessionOptions,
        cluster: Cluster,
        events: SessionEvents,
        lifecycle: SessionLifecycle,
      ) => {
        const startSpan = await loadSpanStarter();
        return createRuntime({ options, cluster, events, lifecycle, logger, startSpan });
      },
    },
    { provide: APP_FILTER, useClass: SessionExceptionFilter },
  ],
  exports: [
    SessionEvents,
    SessionService,
    // The guards are made anew in every module that uses them, and need these.
    NORMALIZED_OPTIONS,
    SESSION_CLUSTER,
  ],
};
