import { randomBytes } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import { type Cluster, formatVersion } from '@understudy/replication';
import { RecentTakeovers } from './exchange/recent-takeovers.js';
import type { SessionRuntime } from './exchange/session-runtime.js';
import { SizeBook } from './exchange/size-book.js';
import { SupersededKeys } from './exchange/superseded-keys.js';
import { KeyRing } from './identity/key-ring.js';
import { VerifiedCookies } from './identity/verified-cookies.js';
import { LegacySessions } from './legacy/legacy-sessions.js';
import { MAX_MEASURED_SESSIONS, MAX_VERIFIED_COOKIES, MAX_VERIFIED_ROUTES } from './limits.js';
import { ResponseMetrics } from './metrics/response-metrics.js';
import type { NormalizedSessionOptions } from './options/normalize-options.js';
import { PrincipalLists } from './principals/principal-lists.js';
import { RouteCookies } from './route/route-cookies.js';
import type { SessionLifecycle } from './session.lifecycle.js';
import type { SessionEvents } from './session-events.js';
import { sealedRuntime } from './stores/sealed/sealed-runtime.js';
import type { SpanStarter } from './tracing/span-starter.js';
import { tracedStore } from './tracing/traced-store.js';
import { Warnings } from './warnings/warnings.js';
import { processClock, SessionWatches } from './watch/session-watches.js';

/** A new id, whose session goes on; and an end that another node told when it came about. */
const NO_ENDS: ReadonlySet<string> = new Set(['rotated', 'buried in the tier']);

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly options: NormalizedSessionOptions;
  readonly cluster: Cluster;
  readonly events: SessionEvents;
  readonly lifecycle: SessionLifecycle;
  readonly logger: Logger;
  /** Undefined: calls of the engine are not traced. */
  readonly startSpan?: SpanStarter | undefined;
}

/** Puts together what every request shares, with real randomness. */
export function createRuntime(parts: RuntimeParts): SessionRuntime {
  const { options, cluster, events, lifecycle, logger, startSpan } = parts;
  const { clock } = options;
  const takeovers = new RecentTakeovers();
  const watches = new SessionWatches(cluster, clock ?? processClock, (error) => {
    logger.error(`a socket or event stream could not be told of its session: ${error}`);
  });
  cluster.on((event) => {
    takeovers.observe(event);
    watches.learn(event);
    if (event.kind === 'ended' && !NO_ENDS.has(event.reason)) {
      events.emit({ kind: 'ended', session: event.key, reason: event.reason });
    }
    // Noticed once in the cluster, by the owner, whichever node the request came to.
    if (event.kind === 'lost-revisions') {
      const { keyHash: session, seen, found } = event;
      events.emit({
        kind: 'lost-revisions',
        session,
        seen: formatVersion(seen),
        found: formatVersion(found),
      });
    }
  });
  const responses = new ResponseMetrics();
  events.stream.subscribe(({ kind }) => responses.event(kind));
  const runtime: SessionRuntime = {
    store: tracedStore(cluster, startSpan),
    locks: options.store?.hasLocks === false ? undefined : cluster,
    principals: new PrincipalLists(cluster),
    policy: options,
    idKeys: new KeyRing(options.secrets, 'session-id'),
    renewalKeys: new KeyRing(options.secrets, 'renewal'),
    routes: new RouteCookies(new KeyRing(options.secrets, 'route'), MAX_VERIFIED_ROUTES),
    legacy:
      options.legacyCookies &&
      new LegacySessions(options.legacyCookies, new KeyRing(options.secrets, 'legacy-id')),
    verified: new VerifiedCookies(MAX_VERIFIED_COOKIES),
    sizes: new SizeBook(MAX_MEASURED_SESSIONS),
    superseded: new SupersededKeys(),
    logger,
    now: clock ? () => clock.wallMs() : Date.now,
    randomBytes,
    responses,
    watches,
    emit: (event) => events.emit(event),
    draining: () => lifecycle.draining,
    adoptedFrom: (key) => takeovers.adoptedFrom(key),
    warnings: new Warnings((message) => logger.warn(message)),
  };
  const { inCookies } = options.store ?? {};
  if (!inCookies) return runtime;
  return { ...runtime, forRequest: sealedRuntime(runtime, options.secrets, inCookies) };
}
