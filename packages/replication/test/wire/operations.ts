import fc from 'fast-check';
import type { Operation } from '../../src/core/values/operations.js';
import type { Path } from '../../src/core/values/values.js';
import { sessionValue } from './session-values.js';

const segment = fc.oneof(
  fc.constantFrom('a', 'b', 'items', 'toString', '0'),
  fc.integer({ min: -1, max: 4 }),
);

const path: fc.Arbitrary<Path> = fc
  .tuple(fc.constantFrom('data', 'system'), fc.array(segment, { minLength: 1, maxLength: 4 }))
  .map(([area, rest]) => [area, ...rest]);

const count = fc.nat({ max: 4 });

/** Operations that need not fit the document they are applied to. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), path, value: sessionValue }),
  fc.record({ kind: fc.constant('delete' as const), path }),
  fc.record({
    kind: fc.constant('splice' as const),
    path,
    index: count,
    deleteCount: count,
    items: fc.array(sessionValue, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('increment' as const),
    path,
    by: fc.oneof(fc.integer(), fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE)),
  }),
);
