import { applyDecorators, UseGuards } from '@nestjs/common';
import {
  IdempotencyGuard,
  IdempotentMetadata,
  type IdempotentOptions,
} from './idempotency.guard.js';

/**
 * A route that honours `Idempotency-Key`: the same key runs the handler once and is answered with
 * the first outcome after that. With `idempotency: 'auto'` all unsafe routes do; this then only
 * adds `required`.
 */
export const Idempotent = (options: IdempotentOptions = {}): ReturnType<typeof applyDecorators> =>
  applyDecorators(IdempotentMetadata(options), UseGuards(IdempotencyGuard));
