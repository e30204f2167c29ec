import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { findProgram } from '../../../test/find-program.mjs';
import { balance, closeAfterTest } from './support/bench.js';
import { startNode } from './support/upstream-node.js';

const executablePath = findProgram('chromium');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'];
const TOKEN = 'correct-horse-battery';

test.skipIf(executablePath === null)(
  'the page asks for the token, shows the cluster with it and drains a node',
  async () => {
    const a = closeAfterTest(await startNode('a'));
    const balancer = await balance([a], { adminToken: TOKEN });
    const browser = closeAfterTest(
      await chromium.launch({ executablePath: executablePath ?? '', args: FLAGS }),
    );
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(balancer.adminUrl);
    await page.getByLabel('Token of the admin port').fill('wrong-horse-battery');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => page.getByRole('status').innerText()).toBe('It was not accepted.');
    await page.getByLabel('Token of the admin port').fill(TOKEN);
    await page.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => page.getByRole('cell', { name: 'active' }).count()).toBe(1);
    await page.getByRole('button', { name: 'drain' }).click();
    await expect.poll(() => balancer.fleet.byLabel('a')?.availability).toBe('draining');
    await page.reload();
    await expect.poll(() => page.getByRole('cell', { name: 'draining' }).count()).toBe(1);
    expect(problems).toEqual([]);
  },
  60_000,
);
