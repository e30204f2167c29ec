import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { SessionOptionError } from '../errors.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { contextExchange } from '../platform/request-of.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';
import { type LockRule, lockRule, type SessionLockOptions } from './lock-rule.js';

const SessionLockMetadata = Reflector.createDecorator<LockRule>();

@Injectable()
class SessionLockInterceptor implements NestInterceptor {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Optional() @Inject(NORMALIZED_OPTIONS) options?: NormalizedSessionOptions,
  ) {
    const { store } = options ?? {};
    if (store?.hasLocks !== false) return;
    throw new SessionOptionError('store', store.name, 'a cluster in its place for @SessionLock()');
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const rule = this.reflector.getAllAndOverride(SessionLockMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule) await contextExchange(context)?.lock(rule);
    return next.handle();
  }
}

/**
 * Runs the handler for one request of a session at a time, in the whole cluster: for work outside
 * the session that must not be done twice at once. The handler sees what the one before it stored.
 * Parallel changes of the session itself are safe without it. The lock is free again when the
 * response begins.
 *
 * A request that waited too long is answered 503 `session-busy` with `Retry-After`; one that held
 * the lock beyond its lease while somebody else got it, 409 `lock-lost`, and nothing is stored. A
 * client without a session has nobody to exclude and holds no lock. Throws at once when an option
 * is wrong, and at start where `store` keeps no locks.
 */
export const SessionLock = (options: SessionLockOptions = {}): ReturnType<typeof applyDecorators> =>
  applyDecorators(SessionLockMetadata(lockRule(options)), UseInterceptors(SessionLockInterceptor));
