import { applyDecorators, UseGuards } from '@nestjs/common';
import { needsServer } from '../options/cookie-store.js';
import { routeSetting } from '../session/route-setting.js';
import {
  IdempotencyGuard,
  IdempotentMetadata,
  type IdempotentOptions,
} from './idempotency.guard.js';

const remembered = routeSetting<true>(
  () => {},
  needsServer('@Idempotent()', 'outcomes are remembered there'),
);

/**
 * A route that honours `Idempotency-Key`: the same key runs the handler once and is answered with
 * the first outcome after that. With `idempotency: 'auto'` all unsafe routes do; this then only
 * adds `required`.
 */
export const Idempotent = (options: IdempotentOptions = {}): ReturnType<typeof applyDecorators> =>
  applyDecorators(IdempotentMetadata(options), UseGuards(IdempotencyGuard), remembered(true));
