import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../../simulation/scripted-cluster.js';
import type { OwnerCall } from './calls.js';

const KEY = 'key'.padEnd(43, 'A');
const HOUR_MS = 3_600_000;
const OPEN: OwnerCall = { kind: 'open', key: KEY };
/** Until everybody who is silent is dead for a node that hears nobody, and a bit. */
const BURIED_MS = 7000;
const RETURN_MS = 9000;

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
  cluster.call('n1', {
    kind: 'create',
    key: KEY,
    id: { origin: 'n1~1', counter: 1, watermark: 1 },
    data: {},
    system: {},
    idleTimeoutMs: HOUR_MS,
    absoluteTimeoutMs: HOUR_MS,
    durability: 'backup',
  });
  cluster.settle();
});

/** The owner and its backup, whichever of the others that is; returns the third. */
function holdersAndOther(): { holders: string[]; other: string } {
  const nodes = ['n1', 'n2', 'n3'];
  const holders = nodes.filter((id) => cluster.core(id).records.has(KEY));
  return { holders, other: nodes.find((id) => !holders.includes(id)) as string };
}

describe('when all holders of a session are silent and taken for dead', () => {
  it('a request that names one of them waits, and finds the session when that one is back', () => {
    const { holders, other } = holdersAndOther();
    // Seven seconds of them would wait in their sockets.
    cluster.hold((message) => message.kind === 'probe');
    for (const id of holders) cluster.pause(id);
    cluster.advance(BURIED_MS);
    const opened = cluster.call(other, OPEN, ['n1']);
    cluster.advance(1000);
    expect(cluster.result(opened)).toBeUndefined();
    for (const id of holders) cluster.resume(id);
    cluster.advance(2000);
    expect(cluster.result(opened)).toMatchObject({ kind: 'record', view: { key: KEY } });
  });

  it('a request that waits in vain is refused, and may be repeated', () => {
    const { holders, other } = holdersAndOther();
    for (const id of holders) cluster.pause(id);
    cluster.advance(BURIED_MS);
    const opened = cluster.call(other, OPEN, ['n1']);
    cluster.advance(6000);
    expect(cluster.result(opened)).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['names nobody', []],
    ['names another', ['n9']],
  ])('one that %s is told that nobody knows it', (_name, hints) => {
    const { holders, other } = holdersAndOther();
    for (const id of holders) cluster.pause(id);
    cluster.advance(BURIED_MS);
    const opened = cluster.call(other, OPEN, hints);
    cluster.advance(1000);
    expect(cluster.result(opened)).toEqual({ kind: 'unknown' });
  });

  it('nobody is waited for any more after a while', () => {
    const { holders, other } = holdersAndOther();
    for (const id of holders) cluster.pause(id);
    cluster.advance(BURIED_MS + RETURN_MS);
    const opened = cluster.call(other, OPEN, ['n1']);
    cluster.advance(1000);
    expect(cluster.result(opened)).toEqual({ kind: 'unknown' });
  });
});

it('nobody waits for holders that are gone, says the bus', () => {
  const { holders, other } = holdersAndOther();
  for (const id of holders) cluster.kill(id);
  for (let said = 0; said < 20; said++) {
    for (const id of holders) {
      cluster.step(other, { kind: 'unreachable', nowMs: cluster.nowMs, incarnation: `${id}~1` });
    }
    cluster.advance(20);
  }
  for (const id of holders) expect(cluster.core(other).membership.isLive(`${id}~1`)).toBe(false);
  const opened = cluster.call(other, OPEN, ['n1']);
  cluster.advance(1000);
  expect(cluster.result(opened)).toEqual({ kind: 'unknown' });
});
