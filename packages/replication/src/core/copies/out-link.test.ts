import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import type { LinkEntry } from '../messages.js';
import { TIMINGS } from '../timings.js';
import { OutLink } from './out-link.js';

const { linkTimeoutMs } = TIMINGS.local;

const drop = (key: string): LinkEntry => ({ kind: 'drop', key, epoch: 1 });
const delta = (bytes: number): LinkEntry => ({
  kind: 'delta',
  key: 'k',
  epoch: 1,
  seq: 1,
  idleRemainingMs: 1,
  body: new Uint8Array(bytes),
});

let link: OutLink;
beforeEach(() => {
  link = new OutLink(1, TIMINGS.local);
});

function enqueue(count: number, from = 0): void {
  for (let index = from; index < from + count; index++) link.enqueue(drop(`k${index}`));
}

function keysOf(entries: readonly LinkEntry[]): string[] {
  return entries.map((entry) => (entry.kind === 'drop' ? entry.key : '?'));
}

describe('the sending end of a link', () => {
  it('sends everything of one turn in one frame, in order', () => {
    enqueue(3);
    expect(link.flush(0)).toMatchObject([{ linkEpoch: 1, linkSeq: 1 }]);
    expect(link.flush(0)).toEqual([]);
  });

  it('numbers frames without gaps', () => {
    for (let seq = 1; seq <= 3; seq++) {
      enqueue(1);
      expect(link.flush(0).map((frame) => frame.linkSeq)).toEqual([seq]);
    }
  });

  it('closes a frame at its number of entries', () => {
    enqueue(LIMITS.frameEntries + 1);
    expect(link.flush(0).map((frame) => frame.entries.length)).toEqual([LIMITS.frameEntries, 1]);
  });

  it('closes a frame at its bytes, and gives a large entry a frame of its own', () => {
    for (const bytes of [40_000, 40_000, 500_000, 10]) link.enqueue(delta(bytes));
    expect(link.flush(0).map((frame) => frame.entries.length)).toEqual([1, 1, 1, 1]);
  });

  it('stops at the window and goes on with each acknowledgement', () => {
    enqueue(LIMITS.frameEntries * (LIMITS.framesInFlight + 2));
    expect(link.flush(0)).toHaveLength(LIMITS.framesInFlight);
    expect(link.flush(0)).toEqual([]);
    expect(link.acknowledge(1, 1)).toHaveLength(LIMITS.frameEntries);
    expect(link.flush(0).map((frame) => frame.linkSeq)).toEqual([LIMITS.framesInFlight + 1]);
  });

  it('gives back what an acknowledgement covers, once', () => {
    enqueue(1);
    link.flush(0);
    expect(link.acknowledge(1, 1)).toEqual([drop('k0')]);
    expect(link.acknowledge(1, 1)).toEqual([]);
    expect(link.timedOut(10 * linkTimeoutMs)).toBe(false);
  });

  it('notices that an earlier acknowledgement is missing', () => {
    for (let seq = 1; seq <= 2; seq++) {
      enqueue(1, seq);
      link.flush(0);
    }
    expect(link.acknowledge(1, 2)).toBe('missing');
    expect(link.acknowledge(1, 1)).toEqual([drop('k1')]);
  });

  it.each([
    ['of a former epoch', 0, 1],
    ['of a frame that was not sent', 1, 0],
  ])('ignores an acknowledgement %s', (_name, epoch, seq) => {
    enqueue(1);
    link.flush(0);
    expect(link.acknowledge(epoch, seq)).toEqual([]);
    expect(link.timedOut(linkTimeoutMs)).toBe(true);
  });

  it('is stalled when the oldest frame waited too long, and says so once', () => {
    enqueue(1);
    link.flush(100);
    expect(link.timedOut(100 + linkTimeoutMs - 1)).toBe(false);
    expect(link.timedOut(100 + linkTimeoutMs)).toBe(true);
    expect([link.stalled, link.needsResync]).toEqual([true, true]);
    expect(link.timedOut(100 + 2 * linkTimeoutMs)).toBe(false);
  });

  it('is not stalled by an old frame that was acknowledged', () => {
    enqueue(1);
    link.flush(0);
    enqueue(1, 1);
    link.flush(linkTimeoutMs - 1);
    link.acknowledge(1, 1);
    expect(link.timedOut(linkTimeoutMs + 10)).toBe(false);
  });

  it('keeps nothing while it is stalled', () => {
    enqueue(1);
    link.flush(0);
    link.timedOut(linkTimeoutMs);
    enqueue(10_000);
    expect(link.flush(linkTimeoutMs)).toEqual([]);
    link.restart(2);
    expect(link.flush(linkTimeoutMs)).toEqual([]);
  });

  it('begins a new epoch at 1 with nothing of the old one', () => {
    enqueue(LIMITS.frameEntries + 1);
    link.flush(0);
    enqueue(1, 500);
    link.restart(2);
    enqueue(1, 900);
    const frames = link.flush(0);
    expect(frames.map((frame) => [frame.linkEpoch, frame.linkSeq])).toEqual([[2, 1]]);
    expect(keysOf(frames[0]?.entries ?? [])).toEqual(['k900']);
    expect(link.acknowledge(1, 1)).toEqual([]);
    expect([link.stalled, link.needsResync]).toEqual([false, false]);
  });

  it.each([
    ['too many entries', () => enqueue(LIMITS.linkPending + 1), LIMITS.linkPending],
    [
      'too many bytes',
      () => {
        for (let count = 0; count <= 17; count++) link.enqueue(delta(1024 * 1024));
      },
      16,
    ],
  ])(
    'notes that the peer lacks something when %s wait, and sends what it took',
    (_name, fill, taken) => {
      fill();
      expect([link.needsResync, link.hasRoom]).toEqual([true, false]);
      let sent = 0;
      for (let frames = link.flush(0); frames.length > 0; frames = link.flush(0)) {
        for (const frame of frames) {
          sent += frame.entries.length;
          link.acknowledge(1, frame.linkSeq);
        }
      }
      expect(sent).toBe(taken);
      expect([link.drained, link.hasRoom]).toEqual([true, true]);
    },
  );
});

describe('a drop', () => {
  it('is under way until its frame is acknowledged, the last one of several counts', () => {
    expect(link.isDropping('k0')).toBe(false);
    enqueue(2);
    expect([link.isDropping('k0'), link.isDropping('other')]).toEqual([true, false]);
    link.flush(0);
    enqueue(1);
    link.flush(0);
    link.acknowledge(1, 1);
    expect([link.isDropping('k0'), link.isDropping('k1')]).toEqual([true, false]);
    link.acknowledge(1, 2);
    expect(link.isDropping('k0')).toBe(false);
  });

  it('that was under way when the link started anew may arrive until the peer knows of that', () => {
    enqueue(1);
    link.flush(0);
    enqueue(1, 1);
    link.restart(2);
    expect([link.isDropping('k0'), link.isDropping('k1')]).toEqual([true, false]);
    link.enqueue(delta(10));
    link.flush(0);
    link.acknowledge(1, 1);
    expect(link.isDropping('k0')).toBe(true);
    link.acknowledge(2, 1);
    expect(link.isDropping('k0')).toBe(false);
  });
});

describe('a copy that the peer was told to drop', () => {
  it('is not held, though what was sent of it before is acknowledged (swizzle, seed 11002)', () => {
    link.enqueue(delta(10));
    enqueue(1);
    link.flush(0);
    link.enqueue(delta(20));
    link.enqueue(drop('k'));
    link.flush(0);
    const again = delta(30);
    link.enqueue(again);
    link.flush(0);
    expect(link.acknowledge(1, 1)).toEqual([drop('k0')]);
    expect(link.acknowledge(1, 2)).toEqual([drop('k')]);
    expect(link.acknowledge(1, 3)).toEqual([again]);
  });

  it('is not held for a copy that went another way before', () => {
    link.enqueue(delta(10));
    link.flush(0);
    link.disregard('k');
    expect(link.acknowledge(1, 1)).toEqual([]);
  });
});

describe('what a peer was to drop and was not told yet', () => {
  const held = (key: string) => key !== 'k1';

  it('is taken back when it is the last copy by now (stumble, seed 176)', () => {
    enqueue(3);
    link.withdrawDrops(held);
    expect(link.isDropping('k1')).toBe(false);
    expect(link.isDropping('k2')).toBe(true);
    expect(link.flush(0).flatMap(({ entries }) => keysOf(entries))).toEqual(['k0', 'k2']);
    expect(link.backlogBytes).toBe(0);
  });

  it('is not taken back once it is under way, and changes never are', () => {
    enqueue(2);
    link.flush(0);
    link.enqueue(delta(10));
    link.withdrawDrops(() => false);
    expect(link.isDropping('k1')).toBe(true);
    expect(link.flush(0).flatMap(({ entries }) => keysOf(entries))).toEqual(['?']);
  });
});
