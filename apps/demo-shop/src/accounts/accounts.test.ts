import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/database.js';
import { AccountsService } from './accounts.service.js';
import { HashQueue } from './hash-queue.js';
import { LibsqlUserStore } from './libsql-user-store.js';
import { hashPassword, verifyPassword } from './password.js';

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

describe('accounts', () => {
  async function accounts(): Promise<AccountsService> {
    return new AccountsService(new LibsqlUserStore(await openDatabase(':memory:')));
  }

  it('know who registered, whatever the case of the name', async () => {
    const service = await accounts();
    await service.register(' Ada ', 'correct horse');
    const user = await service.authenticate('ADA', 'correct horse');
    expect(user).toMatchObject({ username: 'ada', roles: ['customer'] });
    expect(await service.authenticate('ada', 'wrong horse')).toBeUndefined();
    expect(await service.authenticate('bob', 'correct horse')).toBeUndefined();
  });

  it('give a name to the first who takes it', async () => {
    const service = await accounts();
    await service.register('ada', 'first password');
    expect(await service.register('Ada', 'second password')).toBeUndefined();
    expect(await service.authenticate('ada', 'first password')).toBeDefined();
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
