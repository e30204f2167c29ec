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
import type { Observable } from 'rxjs';
import { checkOnConflict, type OnConflict as Mode } from '../options/on-conflict.js';
import { contextExchange } from '../platform/request-of.js';

const OnConflictMetadata = Reflector.createDecorator<Mode>();

@Injectable()
class OnConflictInterceptor implements NestInterceptor {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const mode = this.reflector.getAllAndOverride(OnConflictMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (mode) contextExchange(context)?.setOnConflict(mode);
    return next.handle();
  }
}

/**
 * What happens when a route changed properties of a session that another request changed since this
 * one read it: `merge` keeps both, `reject` answers 409 `session-conflict` and stores nothing. In
 * place of the option `onConflict`. Throws `SessionOptionError` at once when it is neither.
 */
export const OnConflict = (mode: Mode): ReturnType<typeof applyDecorators> =>
  applyDecorators(
    OnConflictMetadata(checkOnConflict('@OnConflict', mode)),
    UseInterceptors(OnConflictInterceptor),
  );
