import type { OpenResult, SessionSnapshot } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { SessionWatches } from './session-watches.js';

const KEY = 'a-key-of-some-characters';
const NEXT = 'another-key-of-some-characters';

function snapshot(key: string, idleRemainingMs = 60_000): SessionSnapshot {
  return { key, idleRemainingMs, absoluteRemainingMs: 3_600_000 } as SessionSnapshot;
}

/** Watches over a store that answers what the test says, by a clock that stands still. */
function watching() {
  const answers = new Map<string, OpenResult | Error>();
  const told: string[] = [];
  const failures: unknown[] = [];
  let nowMs = 0;
  let tick = () => {};
  let isTicking = false;
  const watches = new SessionWatches(
    {
      open: async (key) => {
        const answer = answers.get(key) ?? { status: 'unknown' };
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    {
      nowMs: () => nowMs,
      every(_intervalMs, callback) {
        tick = callback;
        isTicking = true;
        return () => {
          isTicking = false;
        };
      },
    },
    (error) => failures.push(error),
  );
  const listener = (name: string) => ({
    seen: (seen: SessionSnapshot) => void told.push(`${name} sees ${seen.key}`),
    ended: (reason: string) => void told.push(`${name} ended: ${reason}`),
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    watches,
    listener,
    failures,
    settle,
    ticking: () => isTicking,
    found: (key: string, at = key, idleMs?: number) =>
      answers.set(key, { status: 'found', snapshot: snapshot(at, idleMs) }),
    answer: (key: string, answer: OpenResult | Error) => answers.set(key, answer),
    taken: () => told.splice(0),
    async pass(ms: number) {
      nowMs += ms;
      tick();
      await settle();
    },
  };
}

describe('a watched session', () => {
  test('is told to the others when one of its listeners throws', async () => {
    const { watches, listener, failures, settle, found, answer, taken } = watching();
    found(KEY);
    const broken = new Error('cannot be told');
    const fail = () => {
      throw broken;
    };
    watches.watch(KEY, { seen: fail, ended: fail }, 30_000);
    watches.watch(KEY, listener('other'), 30_000);
    await settle();
    expect(taken()).toContain(`other sees ${KEY}`);
    answer(KEY, { status: 'destroyed', reason: 'logout' });
    watches.changed(KEY);
    await settle();
    expect(taken()).toEqual(['other ended: logout']);
    expect(new Set(failures)).toEqual(new Set([broken]));
  });

  test('is shown at first, when it changed here, and every so often', async () => {
    const { watches, listener, settle, found, taken, pass } = watching();
    found(KEY);
    watches.watch(KEY, listener('socket'), 30_000);
    await settle();
    expect(taken()).toEqual([`socket sees ${KEY}`]);
    watches.changed(KEY);
    watches.changed(NEXT);
    await settle();
    expect(taken()).toEqual([`socket sees ${KEY}`]);
    await pass(29_000);
    expect(taken()).toEqual([]);
    await pass(1000);
    expect(taken()).toEqual([`socket sees ${KEY}`]);
  });

  test('is looked at when its idle time is over, and ends', async () => {
    const { watches, listener, settle, found, answer, taken, pass, ticking } = watching();
    found(KEY, KEY, 2000);
    watches.watch(KEY, listener('socket'), 30_000);
    await settle();
    taken();
    answer(KEY, { status: 'destroyed', reason: 'expired' });
    await pass(2000);
    expect(taken()).toEqual([]);
    await pass(250);
    expect(taken()).toEqual(['socket ended: expired']);
    expect(watches.size).toBe(0);
    expect(ticking()).toBe(false);
  });

  test('ends when the engine says so, with what the store knows of it', async () => {
    const { watches, listener, settle, found, answer, taken } = watching();
    found(KEY);
    watches.watch(KEY, listener('socket'), 30_000);
    watches.watch(KEY, listener('stream'), 5000);
    await settle();
    taken();
    answer(KEY, { status: 'destroyed', reason: 'logout' });
    watches.learn({ kind: 'buried', keyHash: KEY.slice(0, 10) });
    await settle();
    expect(taken()).toEqual(['socket ended: logout', 'stream ended: logout']);
  });

  test('is followed to its next key, where others may watch it already', async () => {
    const { watches, listener, settle, found, taken } = watching();
    found(KEY);
    found(NEXT);
    const watch = watches.watch(KEY, listener('old'), 30_000);
    watches.watch(NEXT, listener('new'), 30_000);
    await settle();
    taken();
    found(KEY, NEXT);
    watches.learn({
      kind: 'buried',
      keyHash: KEY.slice(0, 10),
      successorHash: NEXT.slice(0, 10),
    });
    await settle();
    expect(taken()).toEqual([`new sees ${NEXT}`, `old sees ${NEXT}`]);
    expect(watch.key).toBe(NEXT);
    expect(watches.size).toBe(1);
  });

  test('stays while nobody can say what became of it', async () => {
    const { watches, listener, settle, answer, taken, pass } = watching();
    answer(KEY, new Error('no node answers'));
    watches.watch(KEY, listener('socket'), 30_000);
    await settle();
    expect(taken()).toEqual([]);
    answer(KEY, { status: 'unknown' });
    await pass(5000);
    expect(taken()).toEqual(['socket ended: lost']);
  });

  test('is looked at again when something was told meanwhile', async () => {
    const { watches, listener, settle, found, answer, taken } = watching();
    found(KEY);
    watches.watch(KEY, listener('socket'), 30_000);
    watches.changed(KEY);
    answer(KEY, { status: 'destroyed', reason: 'revoked' });
    await settle();
    expect(taken().at(-1)).toBe('socket ended: revoked');
  });

  test('is forgotten with the last who watches it', async () => {
    const { watches, listener, settle, found, taken, ticking } = watching();
    found(KEY);
    const first = watches.watch(KEY, listener('first'), 30_000);
    const second = watches.watch(KEY, listener('second'), 30_000);
    first.stop();
    await settle();
    expect(new Set(taken())).toEqual(new Set([`second sees ${KEY}`]));
    second.stop();
    second.stop();
    expect(watches.size).toBe(0);
    expect(ticking()).toBe(false);
  });
});
