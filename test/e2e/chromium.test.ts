import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../find-program.mjs';
import { FAILOVER_TIMEOUT_MS, START_TIMEOUT_MS, useSystem } from './running-system.js';
import { nodeByLabel, type WhoamiBody } from './shop-api.js';

const executablePath = findProgram('chromium');

// No sandbox: CI runs as root. The rest keeps Chromium from talking to anybody but us.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

describe.skipIf(executablePath === null)('in a real Chromium', () => {
  const system = useSystem({});
  let browser: Browser | undefined;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: FLAGS });
  }, START_TIMEOUT_MS);
  afterAll(() => browser?.close());

  async function killOwner(context: BrowserContext): Promise<void> {
    const answer = await context.request.get(`${system().url}/api/whoami`);
    const { owner } = (await answer.json()) as WhoamiBody;
    const shop = system().shop(await nodeByLabel(system(), owner));
    expect((await shop.kill())?.signal).toBe('SIGKILL');
  }

  async function putFirstProductIntoBasket(page: Page): Promise<string> {
    await page.goto(system().url);
    await page.getByRole('main').getByRole('listitem').getByRole('link').last().click();
    const product = await page.getByRole('heading', { level: 1 }).innerText();
    await page.getByLabel('Quantity').fill('3');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await expect.poll(() => page.locator('[data-cart-count]').innerText()).toBe('3');
    return product;
  }

  it.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])(
    '%s, the basket is there on the next click after its owner was killed',
    async (_, javaScriptEnabled) => {
      const context = await browser?.newContext({ javaScriptEnabled });
      if (context === undefined) throw new Error('no browser');
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));

      const product = await putFirstProductIntoBasket(page);
      await killOwner(context);
      await page.getByRole('link', { name: /^Basket/ }).click();
      await page.waitForURL('**/cart');
      expect(await page.getByRole('row', { name: product }).count()).toBe(1);
      expect(await page.getByLabel(`Quantity of ${product}`).inputValue()).toBe('3');

      // It is not only shown: it can be changed as well.
      await page.getByLabel(`Quantity of ${product}`).fill('5');
      if (javaScriptEnabled) await page.keyboard.press('Tab');
      else await page.getByRole('button', { name: `Update ${product}` }).click();
      await expect.poll(() => page.locator('[data-cart-count]').innerText()).toBe('5');
      await page.reload();
      expect(await page.getByLabel(`Quantity of ${product}`).inputValue()).toBe('5');

      expect(problems).toEqual([]);
      await context.close();
      await system().settled();
    },
    FAILOVER_TIMEOUT_MS,
  );
});
