import { randomBytes } from 'node:crypto';
import type { SessionCluster } from '../../src/index.js';

const HOUR = 3_600_000;

export async function example(cluster: SessionCluster, key: string): Promise<string[]> {
  const seen: string[] = [];
  const log = (text: string) => seen.push(text);

  // README begins
  const handle = randomBytes(32).toString('base64url'); // names the session on the list
  const place = await cluster.enlist({
    principal: 'user-42',
    session: key,
    handle,
    limit: 3, // the oldest goes; 'reject' refuses
    absoluteTimeoutMs: 12 * HOUR,
    createdMs: Date.now(),
    device: new TextEncoder().encode('Firefox on Linux'),
  });
  if (place.status === 'enlisted') {
    await cluster.create({
      key,
      data: {},
      system: {},
      idleTimeoutMs: HOUR,
      absoluteTimeoutMs: 12 * HOUR,
      standing: place.standing, // or rotate({ …, acrossLogin: true, standing })
    });
  }

  const { sessions } = await cluster.listSessions('user-42');
  log(`${sessions.length} session`);

  const held = await cluster.lock({ key, name: 'checkout', leaseMs: 5000, waitMs: 1000 });
  if (held.status === 'locked') {
    const opened = await cluster.open(key);
    if (opened.status === 'found') {
      const base = opened.snapshot.version;
      const operations = [{ kind: 'increment', path: ['data', 'orders'], by: 1 }] as const;
      const result = await cluster.commit({ key, base, operations, lock: held.lock });
      log(result.status); // or 'lock-lost': somebody else has had it
    }
    await cluster.unlock(key, held.lock);
  }

  await cluster.revokeAll('user-42'); // revokeOthers(…, handle), revokeOne(…, handle)
  const after = await cluster.open(key);
  if (after.status === 'destroyed') log(`ended: ${after.reason}`);
  // README ends

  return seen;
}
