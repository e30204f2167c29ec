import type { InjectionToken, Provider } from '@nestjs/common';
import { ACCESS_PROVIDERS } from './providers/access.providers.js';
import { CSRF_PROVIDERS } from './providers/csrf.providers.js';
import { EVENT_STREAM_PROVIDERS } from './providers/event-stream.providers.js';
import type { FeatureProviders } from './providers/feature-providers.js';
import { IDEMPOTENCY_PROVIDERS } from './providers/idempotency.providers.js';
import { LIFETIME_PROVIDERS } from './providers/lifetime.providers.js';
import { RATE_LIMIT_PROVIDERS } from './providers/rate-limit.providers.js';
import { RUNTIME_PROVIDERS } from './providers/runtime.providers.js';
import { SOCKET_PROVIDERS } from './providers/socket.providers.js';

const FEATURES: readonly FeatureProviders[] = [
  RUNTIME_PROVIDERS,
  ACCESS_PROVIDERS,
  CSRF_PROVIDERS,
  EVENT_STREAM_PROVIDERS,
  IDEMPOTENCY_PROVIDERS,
  LIFETIME_PROVIDERS,
  RATE_LIMIT_PROVIDERS,
  SOCKET_PROVIDERS,
];

export const SESSION_PROVIDERS: Provider[] = FEATURES.flatMap(({ providers }) => providers);

/** What other modules may inject. */
export const SESSION_EXPORTS: InjectionToken[] = FEATURES.flatMap(({ exports }) => exports);
