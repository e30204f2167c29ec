import { describe, expect, it } from 'vitest';
import { PLAIN, sharedFeatures, sharedKey, sharedVersion } from './wire-abilities.js';

const [OLD, NEW, NEWER] = [11, 22, 33];

describe('the wire version that all members share', () => {
  it.each([
    ['nobody was heard: the lowest', { min: 1, max: 3 }, [], 1],
    ['all are alike: the highest', { min: 1, max: 2 }, [{ wire: { min: 1, max: 2 } }], 2],
    [
      'one is older',
      { min: 1, max: 3 },
      [{ wire: { min: 1, max: 3 } }, { wire: { min: 1, max: 2 } }],
      2,
    ],
    [
      'one says nothing: it reads the first',
      { min: 1, max: 3 },
      [{ wire: { min: 1, max: 3 } }, {}],
      1,
    ],
    ['others are newer', { min: 1, max: 1 }, [{ wire: { min: 1, max: 9 } }], 1],
    ['there is none: the lowest', { min: 2, max: 3 }, [{}], 2],
  ])('%s', (_name, wire, others, expected) => {
    expect(sharedVersion({ wire }, others)).toBe(expected);
  });
});

describe('what all members understand', () => {
  it.each([
    ['nobody was heard: nothing may be written', 7, [], 0],
    ['what all have', 7, [{ features: 5 }, { features: 6 }], 4],
    ['one says nothing', 7, [{ features: 7 }, {}], 0],
  ])('%s', (_name, features, others, expected) => {
    expect(sharedFeatures({ features }, others)).toBe(expected);
  });
});

describe('the key to seal with', () => {
  it.each([
    ['nobody was heard: the oldest, which most have', [NEW, OLD], [], OLD],
    ['all have the new one', [NEW, OLD], [[NEW, OLD], [NEW]], NEW],
    ['one has not', [NEW, OLD], [[NEW, OLD], [OLD]], OLD],
    ['they have put away the old one', [NEW, OLD], [[NEW]], NEW],
    ['theirs are newer still', [NEW, OLD], [[NEWER, NEW]], NEW],
    ['no key is common to all: the oldest', [NEW, OLD], [[NEW], [OLD]], OLD],
    ['a keyring is introduced: one has none', [NEW, PLAIN], [[NEW, PLAIN], undefined], PLAIN],
    ['a keyring is introduced: all have it', [NEW, PLAIN], [[NEW, PLAIN], [NEW]], NEW],
    ['no keyring', undefined, [undefined, [PLAIN]], PLAIN],
  ])('%s', (_name, keys, others, expected) => {
    expect(
      sharedKey(
        { keys },
        others.map((theirs) => ({ keys: theirs })),
      ),
    ).toBe(expected);
  });
});
