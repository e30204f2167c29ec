import fc from 'fast-check';
import { isForbiddenKey } from '../../src/core/values/assert-value.js';
import type { SessionObject, SessionValue } from '../../src/core/values/values.js';

/** Names an application may use, those of Object.prototype included; lone surrogates excluded. */
const name = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'cart', 'items') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('toString', 'valueOf', 'hasOwnProperty', 'length', '0'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
  )
  .filter((text) => !isForbiddenKey(text));

/** −0 is left out: msgpack has one zero. */
const number = fc
  .oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  .map((value) => (value === 0 ? 0 : value));

const scalar: fc.Arbitrary<SessionValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  number,
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => new Uint8Array(bytes)),
);

/** Every kind of value a session may hold, small and often alike, so that changes meet. */
export const { sessionValue, sessionObject } = fc.letrec<{
  sessionValue: SessionValue;
  sessionObject: SessionObject;
}>((tie) => ({
  sessionValue: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    { weight: 3, arbitrary: fc.array(tie('sessionValue'), { maxLength: 5 }) },
    { weight: 3, arbitrary: tie('sessionObject') },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(tie('sessionValue'), tie('sessionValue')), { maxLength: 3 })
        .map((pairs) => new Map(pairs)),
    },
    {
      weight: 1,
      arbitrary: fc.array(tie('sessionValue'), { maxLength: 3 }).map((items) => new Set(items)),
    },
  ),
  sessionObject: fc.dictionary(name, tie('sessionValue'), { maxKeys: 5, noNullPrototype: true }),
}));

/** Arrays with holes an application can make by assignment: `list[3] = undefined`. */
export const listWithGaps = fc.array(fc.oneof(sessionValue, fc.constant(undefined)), {
  maxLength: 6,
});
