import { RateLimitService } from '@understudy/nest-session';
import { memoryTransport, SessionCluster } from '@understudy/replication';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../database/database.js';
import { AccountsService } from './accounts.service.js';
import { HashQueue } from './hash-queue.js';
import { LibsqlUserStore } from './libsql-user-store.js';
import { hashPassword, verifyPassword } from './password.js';
import { SignInAttempts } from './sign-in-attempts.js';

const CHEAP = { logN: 4, blockSize: 8, parallelism: 1 };

describe('a stored password', () => {
  it('is right for its password only', async () => {
    const stored = await hashPassword('correct horse', CHEAP);
    expect(await verifyPassword('correct horse', stored)).toBe(true);
    expect(await verifyPassword('correct horsE', stored)).toBe(false);
  });

  it('is another text every time and never holds the password', async () => {
    const first = await hashPassword('correct horse', CHEAP);
    expect(first).not.toBe(await hashPassword('correct horse', CHEAP));
    expect(first).not.toContain('horse');
  });

  it('is the same for two ways of typing an accent', async () => {
    const stored = await hashPassword('caf\u00e9', CHEAP);
    expect(await verifyPassword('cafe\u0301', stored)).toBe(true);
  });

  it.each(['', 'plain', 'scrypt$4$8$1$$', `scrypt$99$8$1$${'a'.repeat(22)}$x`])(
    'that is damaged (%j) fits no password',
    async (stored) => {
      expect(await verifyPassword('', stored)).toBe(false);
    },
  );
});

describe('the hash queue', () => {
  it('runs no more than its limit and refuses what it cannot hold', async () => {
    const queue = new HashQueue(2, 1);
    let running = 0;
    let most = 0;
    const gate = deferred();
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
    };
    const taken = [queue.run(work), queue.run(work), queue.run(work)];
    await expect(queue.run(work)).rejects.toMatchObject({ code: 'ERR_BUSY', waiting: 1 });
    gate.resolve();
    await Promise.all(taken);
    expect(most).toBe(2);
  });

  it('goes on after work that failed', async () => {
    const queue = new HashQueue(1, 1);
    const failing = queue.run(() => Promise.reject(new Error('no')));
    const next = queue.run(async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
    expect(await queue.run(async () => 'again')).toBe('again');
  });
});

const [HERE, ELSEWHERE] = ['192.0.2.1', '192.0.2.2'];

describe('accounts', () => {
  it('know who registered, whatever the case of the name', async () => {
    const { accounts } = await fixture();
    await accounts.register({ username: ' Ada ', password: 'correct horse' });
    const right = await accounts.authenticate({ username: 'ADA', password: 'correct horse' }, 'a');
    expect(right).toMatchObject({ user: { username: 'ada', roles: ['customer'] } });
  });

  it('tell nobody whether the name or the password was wrong', async () => {
    const { accounts } = await fixture();
    await accounts.register({ username: 'ada', password: 'correct horse' });
    const wrong = await accounts.authenticate({ username: 'ada', password: 'wrong' }, 'a');
    const nobody = await accounts.authenticate({ username: 'bob', password: 'wrong' }, 'a');
    expect(wrong).toEqual({ status: 'wrong', attemptsLeft: 9 });
    expect(nobody).toEqual(wrong);
  });

  it('count wrong passwords by name and address, and none that is right', async () => {
    const { accounts } = await fixture();
    await accounts.register({ username: 'ada', password: 'correct horse' });
    const attempt = (password: string, address: string) =>
      accounts.authenticate({ username: 'ada', password }, address);
    for (let turn = 0; turn < 12; turn += 1) await attempt('correct horse', HERE);
    for (let turn = 0; turn < 10; turn += 1) await attempt('wrong', HERE);
    await expect(attempt('correct horse', HERE)).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect(await attempt('correct horse', ELSEWHERE)).toMatchObject({ status: 'right' });
  }, 30_000);

  it('count spellings of one name as one, and a /64 as one address', async () => {
    const { accounts } = await fixture();
    const attempt = async (username: string, address: string) => {
      const answer = await accounts.authenticate({ username, password: 'wrong' }, address);
      return answer.status === 'wrong' ? answer.attemptsLeft : undefined;
    };
    expect(await attempt('ada', '2001:db8::1')).toBe(9);
    expect(await attempt('\uff21da', '2001:db8::2')).toBe(8);
    expect(await attempt('ada', '2001:db8:0:1::1')).toBe(9);
  }, 30_000);

  it('give a name to the first who takes it', async () => {
    const { accounts } = await fixture();
    await accounts.register({ username: 'ada', password: 'first password' });
    const second = await accounts.register({ username: 'Ada', password: 'second password' });
    expect(second).toBeUndefined();
  });
});

/** Accounts in a database in memory, their attempts counted by a cluster of one node. */
async function fixture(): Promise<{ readonly accounts: AccountsService }> {
  const cluster = await SessionCluster.start({ transport: memoryTransport(), joinMs: 0 });
  onTestFinished(() => cluster.stop());
  const attempts = new SignInAttempts(new RateLimitService(cluster));
  const users = new LibsqlUserStore(await openDatabase(':memory:'));
  return { accounts: new AccountsService(users, attempts) };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
