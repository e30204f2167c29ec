import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InLink } from './in-link.js';

type Frame = readonly [epoch: number, seq: number];

function verdicts(...frames: Frame[]): string[] {
  const link = new InLink();
  return frames.map(([epoch, seq]) => link.accept(epoch, seq));
}

describe('the receiving end of a link', () => {
  it.each<[string, Frame[], string[]]>([
    [
      'applies frames in order',
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      ['apply', 'apply', 'apply'],
    ],
    [
      'knows a frame it had',
      [
        [1, 1],
        [1, 2],
        [1, 1],
        [1, 2],
      ],
      ['apply', 'apply', 'duplicate', 'duplicate'],
    ],
    [
      'notices a frame that is missing',
      [
        [1, 1],
        [1, 3],
        [1, 4],
      ],
      ['apply', 'gap', 'gap'],
    ],
    [
      'goes on when the missing frame was only late',
      [
        [1, 1],
        [1, 3],
        [1, 2],
      ],
      ['apply', 'gap', 'apply'],
    ],
    [
      'begins a new epoch at 1',
      [
        [1, 1],
        [2, 1],
        [2, 2],
      ],
      ['apply', 'apply', 'apply'],
    ],
    [
      'notices that the begin of an epoch is missing',
      [
        [1, 1],
        [2, 2],
        [2, 1],
      ],
      ['apply', 'gap', 'apply'],
    ],
    [
      'ignores a former epoch, however late',
      [
        [2, 1],
        [1, 1],
        [1, 2],
        [1, 9],
      ],
      ['apply', 'stale', 'stale', 'stale'],
    ],
    ['begins with any epoch', [[7, 1]], ['apply']],
    ['does not begin in the middle', [[7, 2]], ['gap']],
  ])('%s', (_name, frames, expected) => {
    expect(verdicts(...frames)).toEqual(expected);
  });

  it('applies each frame at most once and in order, whatever arrives', () => {
    const frame = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 60 }), (frames) => {
        const answers = verdicts(...frames);
        const applied = frames.filter((_frame, index) => answers[index] === 'apply');
        applied.forEach(([epoch, seq], index) => {
          const [lastEpoch, lastSeq] = applied[index - 1] ?? [0, 0];
          if (epoch === lastEpoch) expect(seq).toBe(lastSeq + 1);
          else expect([epoch > lastEpoch, seq]).toEqual([true, 1]);
        });
      }),
    );
  });
});
