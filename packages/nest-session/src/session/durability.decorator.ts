import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Durability as DurabilityMode } from '@understudy/replication';
import type { Observable } from 'rxjs';
import { contextExchange } from '../platform/request-of.js';

const DurabilityMetadata = Reflector.createDecorator<DurabilityMode>();

@Injectable()
class DurabilityInterceptor implements NestInterceptor {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const mode = this.reflector.getAllAndOverride(DurabilityMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (mode) contextExchange(context)?.setDurability(mode);
    return next.handle();
  }
}

/**
 * How many copies the changes of a route wait for: `async` none, `backup` one, `all` every backup.
 * A crash right after an `async` answer may lose what it stored.
 */
export const Durability = (mode: DurabilityMode): ReturnType<typeof applyDecorators> =>
  applyDecorators(DurabilityMetadata(mode), UseInterceptors(DurabilityInterceptor));
