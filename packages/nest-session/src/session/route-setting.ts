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
import type { SessionExchange } from '../exchange/session-exchange.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { contextExchange } from '../platform/request-of.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';

/** A decorator of routes and controllers, with the setting it was given. */
export type RouteSetting<Setting> = (setting: Setting) => ReturnType<typeof applyDecorators>;

/**
 * Makes a decorator that tells the session of a request how it is to be treated, before the handler
 * runs; what a route says wins over its controller. `check` is called at start, once per place where
 * the decorator is used, and throws where the options rule it out.
 */
export function routeSetting<Setting>(
  apply: (exchange: SessionExchange, setting: Setting) => Promise<void> | undefined | void,
  check?: (options: NormalizedSessionOptions) => void,
): RouteSetting<Setting> {
  const Metadata = Reflector.createDecorator<Setting>();

  @Injectable()
  class RouteSettingInterceptor implements NestInterceptor {
    constructor(
      @Inject(Reflector) private readonly reflector: Reflector,
      @Optional() @Inject(NORMALIZED_OPTIONS) options?: NormalizedSessionOptions,
    ) {
      if (options) check?.(options);
    }

    intercept(
      context: ExecutionContext,
      next: CallHandler,
    ): Observable<unknown> | Promise<Observable<unknown>> {
      const targets = [context.getHandler(), context.getClass()];
      const setting = this.reflector.getAllAndOverride(Metadata, targets);
      const exchange = contextExchange(context);
      const applying = exchange && apply(exchange, setting);
      return applying ? applying.then(() => next.handle()) : next.handle();
    }
  }

  return (setting) => applyDecorators(Metadata(setting), UseInterceptors(RouteSettingInterceptor));
}
