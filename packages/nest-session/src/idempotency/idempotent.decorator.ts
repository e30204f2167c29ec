import { applyDecorators, UseGuards } from '@nestjs/common';
import { SessionOptionError } from '../errors.js';
import { needsServer } from '../options/cookie-store.js';
import { routeSetting } from '../session/route-setting.js';
import {
  IdempotencyGuard,
  IdempotentMetadata,
  type IdempotentOptions,
} from './idempotency.guard.js';

const checkStore = needsServer('@Idempotent()', 'outcomes are remembered there');

const remembered = routeSetting<true>(() => {}, checkStore);

const required = routeSetting<true>(
  () => {},
  (options) => {
    checkStore(options);
    // Otherwise the route would take requests without a key, and run repetitions of those with one.
    if (options.idempotency === false) {
      const expected = "'auto' or 'marked', because a route has @Idempotent({ required: true })";
      throw new SessionOptionError('idempotency', false, expected);
    }
  },
);

/**
 * A route that honours `Idempotency-Key`: the same key runs the handler once and is answered with
 * the first outcome after that. With `idempotency: 'auto'` all unsafe routes do; this then only
 * adds `required`, which stops the start of an application with `idempotency: false`.
 */
export const Idempotent = (options: IdempotentOptions = {}): ReturnType<typeof applyDecorators> =>
  applyDecorators(
    IdempotentMetadata(options),
    UseGuards(IdempotencyGuard),
    (options.required ? required : remembered)(true),
  );
