import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster, type Ticket } from '../../test/wire/scripted-cluster.js';
import { commit, given, seenAt } from '../../test/wire/session-calls.js';

const key = keyOf('session');
const IDS = ['a', 'b', 'c'];
/** Longer than any verdict and adoption take. */
const QUIET_MS = 8000;

type Step =
  | { readonly kind: 'commit' | 'drain' | 'undrain'; readonly node: string }
  | { readonly kind: 'pause' | 'disconnect' | 'mend' | 'crash'; readonly node: string }
  | { readonly kind: 'deliver' | 'lose' | 'double'; readonly pick: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'pass'; readonly ms: number };

const node = fc.constantFrom(...IDS);
const pick = fc.nat();

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), node }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('deliver' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('lose', 'double'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('drain', 'undrain'), node }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('pause', 'disconnect', 'mend', 'crash'), node }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(20, 100, 400, 1500, 4000),
    }),
  },
) as fc.Arbitrary<Step>;

/** One history: what was asked, what was answered, and the faults allowed so far. */
class History {
  readonly cluster = new ScriptedCluster(IDS);
  readonly asked: { readonly token: string; readonly ticket: Ticket }[] = [];
  crashed = false;
  /** The node that is paused or cut off. */
  faulty: string | undefined;
  quietSinceMs = Number.NEGATIVE_INFINITY;

  constructor() {
    given(this.cluster, 'a', key, { tokens: [] });
  }

  apply(step: Step): void {
    const { cluster } = this;
    switch (step.kind) {
      case 'commit':
        this.#commit(step.node);
        return;
      case 'deliver':
        if (cluster.waiting.length > 0) cluster.deliverFrom(step.pick % cluster.waiting.length);
        return;
      case 'lose':
        if (cluster.waiting.length > 0) cluster.remove(step.pick % cluster.waiting.length);
        return;
      case 'double':
        if (cluster.waiting.length > 0) cluster.double(step.pick % cluster.waiting.length);
        return;
      case 'flush':
        cluster.flush();
        return;
      case 'pass':
        cluster.run(step.ms);
        return;
      case 'drain':
      case 'undrain': {
        const member = cluster.node(step.node);
        const { nowMs } = cluster;
        if (!member.crashed && !member.paused) cluster.step(member, { kind: step.kind, nowMs });
        return;
      }
      case 'mend':
        this.#mend();
        return;
      default:
        this.#fault(step.kind, step.node);
    }
  }

  /** Every fault ends, and time passes. */
  heal(): void {
    this.#mend();
    for (const id of IDS) this.apply({ kind: 'undrain', node: id });
    this.cluster.run(QUIET_MS);
  }

  #commit(id: string): void {
    const member = this.cluster.node(id);
    if (member.crashed || member.paused) return;
    const token = `t${this.asked.length}`;
    const append = {
      kind: 'splice',
      path: ['data', 'tokens'],
      index: 1e6,
      deleteCount: 0,
    } as const;
    const call = commit(member, key, [{ ...append, items: [token] }]);
    this.asked.push({ token, ticket: this.cluster.call(id, call, 20_000) });
  }

  #mend(): void {
    const { cluster, faulty } = this;
    if (faulty === undefined) return;
    if (cluster.node(faulty).paused) cluster.resume(faulty);
    else cluster.connect(faulty);
    this.faulty = undefined;
    this.quietSinceMs = cluster.nowMs;
  }

  /** One node at a time and one crash in all, with time between: two faults may take both copies. */
  #fault(kind: 'pause' | 'disconnect' | 'crash', id: string): void {
    const { cluster } = this;
    const quiet = cluster.nowMs - this.quietSinceMs > QUIET_MS;
    if (this.faulty !== undefined || !quiet || this.crashed) return;
    if (kind === 'crash') {
      cluster.crash(id);
      this.crashed = true;
      return;
    }
    this.faulty = id;
    if (kind === 'pause') cluster.pause(id);
    else cluster.disconnect(id);
  }
}

describe('whatever the order of messages, pauses and a crash', () => {
  it('every acknowledged change is there once, at one owner, for everyone', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const history = new History();
        for (const each of steps) history.apply(each);
        history.heal();
        const { cluster, asked } = history;
        cluster.runUntil(() => asked.every(({ ticket }) => settled(ticket)), 'all answers');
        const alive = IDS.filter((id) => !cluster.node(id).crashed);
        const [first, ...others] = alive.map((id) => seenAt(cluster, id, key));
        const { tokens } = first as unknown as { tokens: string[] };
        for (const other of others) expect(other).toEqual(first);
        expect(new Set(tokens).size).toBe(tokens.length);
        for (const { token, ticket } of asked) {
          const { result } = ticket;
          if (result?.kind === 'committed' && result.copies > 0) expect(tokens).toContain(token);
          if (result?.kind === 'refused') expect(tokens).not.toContain(token);
        }
        expect(cluster.owners(key)).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  /** Answered, or asked at the node that crashed. */
  function settled(ticket: Ticket): boolean {
    return ticket.result !== undefined || ticket.node.crashed;
  }
});
