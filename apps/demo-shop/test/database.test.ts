import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../src/database/database.js';
import { LibsqlOrderStore } from '../src/orders/libsql-order-store.js';
import type { OrderDraft } from '../src/orders/order.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function databasePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shop-database-'));
  folders.push(folder);
  return join(folder, 'deep', 'shop.db');
}

const DRAFT: OrderDraft = {
  key: 'one',
  customer: 'visitor:v1',
  items: [],
  total: 0,
  currency: 'EUR',
  contact: null,
  delivery: null,
  payment: null,
  placedAtMs: 1,
  placedBy: 'n1',
};

describe('a database shared by several nodes', () => {
  it('can be created by all of them at once', async () => {
    const path = databasePath();
    const databases = await Promise.all(Array.from({ length: 6 }, () => openDatabase(path)));
    expect(databases[5]?.pragma('journal_mode', { simple: true })).toMatchObject({
      journal_mode: 'wal',
    });
    for (const database of databases) database.close();
  });

  it('takes an order once when every node places it', async () => {
    const path = databasePath();
    const nodes = await Promise.all(Array.from({ length: 3 }, () => openDatabase(path)));
    const stores = nodes.map((database) => new LibsqlOrderStore(database));
    const placed = await Promise.all(
      Array.from({ length: 30 }, (_, turn) => stores[turn % 3]?.place(DRAFT)),
    );
    expect(new Set(placed.map((result) => result?.order.id)).size).toBe(1);
    expect(placed.filter((result) => result?.isNew)).toHaveLength(1);
    for (const database of nodes) database.close();
  });

  it('waits for another process that is writing', async () => {
    const path = databasePath();
    const database = await openDatabase(path);
    const writer = holdWriteLock(path);
    await writer.locked;
    const store = new LibsqlOrderStore(database);
    const { isNew } = await store.place(DRAFT);
    expect(isNew).toBe(true);
    await writer.finished;
    database.close();
  });

  it('says which file cannot be opened', async () => {
    await expect(openDatabase('/dev/null/shop.db')).rejects.toMatchObject({
      code: 'ERR_DATABASE',
      message: 'the database /dev/null/shop.db cannot be opened',
    });
  });
});

/** A process that begins a write, says so, and commits a moment later. */
function holdWriteLock(path: string): { locked: Promise<void>; finished: Promise<void> } {
  const libsql = createRequire(import.meta.url).resolve('libsql');
  const script = `
    const database = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(path)});
    database.exec('begin immediate');
    process.stdout.write('locked');
    setTimeout(() => { database.exec('commit'); database.close(); }, 200);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const locked = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    text(child.stderr).then((message) => reject(new Error(message)));
  });
  const finished = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return { locked, finished };
}
