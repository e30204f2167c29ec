import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EnlistRequest, EnlistResult } from '../../src/node/api/principal-api.js';
import { principalKey } from '../../src/node/calls/principal-results.js';
import type { SessionCluster } from '../../src/node/session-cluster.js';
import { keyFor, newKey, startCluster, type TestCluster } from './start-cluster.js';

let cluster: TestCluster;
afterEach(() => cluster?.close());

const HOUR = 3_600_000;
const newHandle = () => randomBytes(32).toString('base64url');

function place(session: string, parts: Partial<EnlistRequest> = {}): EnlistRequest {
  const facts = { absoluteTimeoutMs: 12 * HOUR, createdMs: 1 };
  return { principal: 'ada', session, handle: newHandle(), ...facts, ...parts };
}

/** As README shows it: a place first, then the session. */
async function signIn(
  node: SessionCluster,
  parts: Partial<EnlistRequest> = {},
): Promise<{ key: string; handle: string; status: string }> {
  const key = keyFor(node);
  const request = place(key, parts);
  const enlisted: EnlistResult = await node.enlist(request);
  if (enlisted.status !== 'enlisted') return { key, handle: request.handle, ...enlisted };
  const made = await node.create({
    key,
    data: {},
    system: {},
    idleTimeoutMs: HOUR,
    absoluteTimeoutMs: 12 * HOUR,
    standing: enlisted.standing,
  });
  return { key, handle: request.handle, status: made.status };
}

async function statusOf(key: string): Promise<string[]> {
  const results = await Promise.all(cluster.nodes.map((node) => node.open(key)));
  return results.map((result) =>
    result.status === 'destroyed' ? (result.reason ?? 'destroyed') : result.status,
  );
}

describe('three nodes and somebody who signs in', () => {
  it('100 times at once never serve more sessions than allowed', async () => {
    // How fast this machine is says nothing of the limit.
    cluster = await startCluster(3, { callTimeoutMs: 60_000 });
    const { nodes } = cluster;
    const logins = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        signIn(nodes[index % 3] as SessionCluster, { limit: 3 }),
      ),
    );
    const { sessions } = await (nodes[0] as SessionCluster).listSessions('ada');
    expect(sessions).toHaveLength(3);
    const alive = await Promise.all(
      logins.map(async ({ key }) => (await statusOf(key)).includes('found')),
    );
    const living = logins.filter((_, index) => alive[index]).map(({ key }) => key);
    expect(living.toSorted()).toEqual(sessions.map(({ session }) => session).toSorted());
  }, 120_000);

  it('tell apart who was evicted, revoked and logged out', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const first = await signIn(one, { limit: 2 });
    const second = await signIn(two, { limit: 2 });
    const third = await signIn(three, { limit: 2 });
    expect(await statusOf(first.key)).toEqual(Array(3).fill('evicted'));
    expect(await one.revokeOthers('ada', third.handle)).toMatchObject({
      ended: [{ handle: second.handle, session: second.key }],
    });
    expect(await statusOf(second.key)).toEqual(Array(3).fill('revoked'));
    await two.destroy(third.key, 'logout');
    expect(await statusOf(third.key)).toEqual(Array(3).fill('logout'));
    expect((await one.listSessions('ada')).sessions).toEqual([]);
  });

  it('refuse a login beyond the limit where nobody is to make room', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const first = await signIn(one, { limit: 1, policy: 'reject' });
    const second = await signIn(two, { limit: 1, policy: 'reject' });
    expect(second).toMatchObject({ status: 'full', sessions: 1 });
    await two.destroy(first.key, 'logout');
    expect(await signIn(two, { limit: 1, policy: 'reject' })).toMatchObject({
      status: 'committed',
    });
  });

  it('keep the limit when the owner of the list is killed between place and login', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const names = Array.from({ length: 1000 }, (_, index) => `user-${index}`);
    const principal = names.find((name) => two.wouldOwn(principalKey(name))) as string;
    const alone = { principal, limit: 1, policy: 'reject' } as const;
    expect(await one.enlist(place(newKey(), alone))).toMatchObject({ status: 'enlisted' });
    cluster.kill(two);
    await vi.waitFor(async () => {
      const again = await one.enlist(place(newKey(), alone));
      expect(again).toEqual({ status: 'full', sessions: 1 });
    }, 30_000);
  });

  it('end all sessions, also for a node that was cut off meanwhile', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const logins = await Promise.all([signIn(one), signIn(two), signIn(three)]);
    cluster.cut(three);
    await vi.waitFor(() => {
      const gone = one.members().find(({ id }) => id === 'n3');
      if (gone?.state !== 'dead') throw new Error('n3 is not given up yet');
    }, 30_000);
    await vi.waitFor(async () => {
      expect(await one.revokeAll('ada')).toMatchObject({ generation: 2 });
    }, 30_000);
    cluster.mend(three);
    await vi.waitFor(async () => {
      for (const { key } of logins) expect(await statusOf(key)).toEqual(Array(3).fill('revoked'));
    }, 30_000);
  });

  it('refuse what nobody could read', async () => {
    cluster = await startCluster(1);
    const [one] = cluster.nodes as [SessionCluster];
    const key = newKey();
    await expect(one.enlist(place(key, { principal: '' }))).rejects.toThrow(/principal/);
    await expect(one.enlist(place(key, { handle: 'short' }))).rejects.toThrow(/handle/);
    await expect(one.enlist(place(key, { limit: 129 }))).rejects.toThrow(/limit is 129/);
    await expect(one.enlist(place(key, { device: new Uint8Array(257) }))).rejects.toThrow(
      /deviceBytes/,
    );
    await expect(one.lock({ key, name: 'x', leaseMs: 0 })).rejects.toThrow(/leaseMs/);
    await expect(one.lock({ key, name: 'x', leaseMs: 1, waitMs: 30_001 })).rejects.toThrow(
      /waitMs/,
    );
  });
});

describe('a lock', () => {
  it('is held by one at a time, and what comes too late is refused', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const { key } = await signIn(one);
    const locked = await two.lock({ key, name: 'checkout', leaseMs: 200 });
    if (locked.status !== 'locked') throw new Error('not locked');
    expect(await three.lock({ key, name: 'checkout', leaseMs: 200 })).toMatchObject({
      status: 'busy',
    });
    const next = await three.lock({ key, name: 'checkout', leaseMs: 5000, waitMs: 5000 });
    if (next.status !== 'locked') throw new Error('not locked');
    const change = {
      key,
      base: { epoch: 1, seq: 0 },
      operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
    } as const;
    expect(await two.commit({ ...change, lock: locked.lock })).toEqual({ status: 'lock-lost' });
    expect(await three.commit({ ...change, lock: next.lock })).toMatchObject({
      status: 'committed',
      document: { data: { n: 1 } },
    });
    expect(await two.unlock(key, locked.lock)).toBe(false);
    expect(await three.unlock(key, next.lock)).toBe(true);
    await one.destroy(key, 'logout');
    expect(await two.lock({ key, name: 'checkout', leaseMs: 200 })).toEqual({
      status: 'destroyed',
    });
  });
});

describe('a login whose answer was lost', () => {
  it('is repeated under the old id and gets another one', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const { key: from } = await signIn(one);
    const journal = { key: 'k1', fingerprint: 'f', outcome: new Uint8Array([1]) };
    const base = { epoch: 1, seq: 0 };
    const login = { from, base, operations: [], acrossLogin: true, journal };
    const lost = newKey();
    expect(await two.rotate({ ...login, to: lost })).toMatchObject({ status: 'committed' });
    expect(await three.reserve(from, 'k1', 'f')).toEqual({ status: 'rotated' });
    const to = newKey();
    expect(await three.rotate({ ...login, to })).toMatchObject({
      status: 'committed',
      replayed: journal,
    });
    expect(await statusOf(lost)).toEqual(Array(3).fill('rotated'));
    expect(await statusOf(to)).toEqual(Array(3).fill('found'));
  });
});

describe('an idempotency key', () => {
  it('of another request is told apart, while the first one runs and after', async () => {
    cluster = await startCluster(2);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const { key } = await signIn(one);
    expect(await one.reserve(key, 'k1', 'f1')).toEqual({ status: 'reserved' });
    expect(await two.reserve(key, 'k1', 'f2')).toEqual({
      status: 'in-progress',
      fingerprint: 'f1',
    });
    const commit = (node: SessionCluster, fingerprint: string) =>
      node.commit({
        key,
        base: { epoch: 1, seq: 0 },
        operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
        journal: { key: 'k1', fingerprint, outcome: new Uint8Array([1]) },
      });
    expect((await commit(one, 'f1')).status).toBe('committed');
    const first = { status: 'replayed', entry: { fingerprint: 'f1' } };
    expect(await two.reserve(key, 'k1', 'f2')).toMatchObject(first);
    expect(await commit(two, 'f2')).toMatchObject(first);
  });

  it('is remembered among the last 32, each with an outcome of at most 4 KB', async () => {
    cluster = await startCluster(2);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const { key } = await signIn(one);
    const commit = (name: string, bytes: number) =>
      one.commit({
        key,
        base: { epoch: 1, seq: 0 },
        operations: [],
        journal: { key: name, fingerprint: 'f', outcome: new Uint8Array(bytes) },
      });
    for (let index = 0; index <= 32; index++) await commit(`k${index}`, 4096);
    await expect(commit('more', 4097)).rejects.toThrow(/journalOutcomeBytes/);
    expect((await two.reserve(key, 'k1', 'f')).status).toBe('replayed');
    expect((await two.reserve(key, 'k0', 'f')).status).toBe('reserved');
  });
});
