import { describe, expect, it } from 'vitest';
import { allProtected, type Guarded } from '../../scripts/chaos/all-protected.mjs';

/** A session that names these holders, one list for each time it is asked, the last one for ever. */
function session(name: string, ...answers: (string[] | null)[]) {
  let asked = 0;
  const guarded: Guarded = {
    handle: () => name,
    copies: async () => answers[Math.min(asked++, answers.length - 1)] ?? null,
  };
  return { guarded, asked: () => asked };
}

function protect(
  sessions: readonly { guarded: Guarded }[],
  nodes = ['n1', 'n2'],
  deadlineMs = 30_000,
) {
  return allProtected({
    sessions: () => sessions.map(({ guarded }) => guarded),
    activeNodes: async () => new Set(nodes),
    deadlineMs,
    everyMs: 1,
  });
}

describe('a cluster is calm', () => {
  it('at once when a living node has a copy of every session', async () => {
    const [one, other] = [session('a', ['n1']), session('b', ['gone', 'n2'])];
    await protect([one, other]);
    expect([one.asked(), other.asked()]).toEqual([1, 1]);
  });

  it('with a session that has not begun', async () => {
    await protect([session('a', null)]);
  });

  it('only when those without a copy have one, and everybody has been asked once more', async () => {
    const [late, early] = [session('a', [], ['gone'], ['n1']), session('b', ['n1'])];
    await protect([late, early]);
    expect(late.asked()).toBe(4);
    expect(early.asked()).toBe(2);
  });

  it('not while one loses its copy as others get theirs', async () => {
    const fleeting = session('b', ['n1'], [], ['n2']);
    await protect([session('a', [], ['n1']), fleeting]);
    expect(fleeting.asked()).toBe(4);
  });

  it('never with a session that nobody else has, which is named', async () => {
    const sessions = [session('good', ['n1']), session('bare', ['gone'])];
    await expect(protect(sessions, ['n1'], 20)).rejects.toThrow(
      'Nodes n1; without a copy there: bare',
    );
  });
});
