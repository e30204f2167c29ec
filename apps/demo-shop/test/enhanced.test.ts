import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { testShop } from './support/test-shop.js';

const CHROMIUM = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
]
  .filter((path) => path !== undefined)
  .find((path) => existsSync(path));

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The steps of the checkout, with answers that are longer than most. */
const STEPS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  [
    'Contact',
    {
      'Full name': 'Wolfeschlegelsteinhausenbergerdorff',
      'Email address': `${'a'.repeat(60)}@x.test`,
    },
  ],
  ['Delivery', { 'Street and house number': 'Main 1', Postcode: '12345', 'Town or city': 'Oslo' }],
  [
    'Payment',
    {
      'Name on the card': 'Ada Lovelace',
      'Card number': '4242424242424242',
      'Expires (MM/YY)': '12/40',
      'Security code': '123',
    },
  ],
];

describe.skipIf(CHROMIUM === undefined)('the shop in Chromium, with its script', () => {
  let chrome: Browser | undefined;
  beforeAll(async () => {
    chrome = await chromium.launch({ executablePath: CHROMIUM ?? '', args: QUIET });
  }, 60_000);
  afterAll(() => chrome?.close());

  async function open() {
    const shop = await testShop();
    const context = await chrome?.newContext({ baseURL: shop.url });
    if (context === undefined) throw new Error('no browser');
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto('/products/footlight');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    return { shop, page, complaints };
  }

  it('changes a quantity without leaving the page', async () => {
    const { page, complaints } = await open();
    const quantity = page.getByLabel('Quantity of Shell footlight');
    await quantity.fill('4');
    await quantity.blur();
    await page.locator('[data-cart-total]', { hasText: '€224.00' }).waitFor();
    expect(await page.locator('[data-line-total]').textContent()).toBe('€224.00');
    expect(await page.locator('[data-cart-count]').textContent()).toBe('4');
    expect(new URL(page.url()).search).toBe('?added=footlight');
    await page.reload();
    expect(await quantity.inputValue()).toBe('4');
    expect(complaints).toEqual([]);
  });

  it('shows the revision the change was given', async () => {
    const { page } = await open();
    const revision = page.locator('[data-dock-revision]');
    const before = (await revision.textContent()) ?? '';
    await page.getByLabel('Quantity of Shell footlight').fill('2');
    await page.getByLabel('Quantity of Shell footlight').blur();
    await revision.filter({ hasNotText: before }).waitFor();
    const after = (await revision.textContent()) ?? '';
    expect(Number(after.split('.')[1])).toBeGreaterThan(Number(before.split('.')[1]));
  });

  it('takes a product out when its quantity becomes zero', async () => {
    const { page } = await open();
    await page.getByLabel('Quantity of Shell footlight').fill('0');
    await page.getByLabel('Quantity of Shell footlight').blur();
    await page.getByText('There is nothing in it yet.').waitFor();
  });

  it('keeps the last of several quantities, also when an earlier one arrives late', async () => {
    const { page } = await open();
    const quantity = page.getByLabel('Quantity of Shell footlight');
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sent: string[] = [];
    await page.route(/\/api\/cart\/items\/footlight$/, async (route) => {
      sent.push(route.request().postData() ?? '');
      // As when its node has died and the balancer is still looking for another.
      if (sent.length === 1) await held;
      await route.continue();
    });
    for (const pieces of ['3', '4', '5']) {
      await quantity.fill(pieces);
      await quantity.blur();
    }
    release();
    await page.locator('[data-cart-total]', { hasText: '€280.00' }).waitFor();
    // What was overtaken while it waited need not be sent.
    await expect.poll(() => sent).toEqual(['{"quantity":3}', '{"quantity":5}']);
    await page.reload();
    expect(await quantity.inputValue()).toBe('5');
  });

  it('shows nothing of an account to who goes back after it was signed out', async () => {
    const { page } = await open();
    await page.goto('/sign-in?next=/account');
    await page.getByLabel('Username').fill('shopper');
    await page.getByLabel('Password').fill('shopper-demo-1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
    await page.goBack();
    await page.getByText('authentication-required').waitFor();
    expect(await page.locator('body').innerText()).not.toContain('shopper');
  });

  it('needs no sideways scrolling, be it 320, 360 or 1280 pixels wide', async () => {
    const { page } = await open();
    const fits = async () => {
      for (const width of [320, 360, 1280]) {
        await page.setViewportSize({ width, height: 740 });
        const [needed, given] = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ]);
        expect(needed, `${page.url()} at ${width}`).toBeLessThanOrEqual(given ?? 0);
      }
    };
    for (const path of [
      '/',
      '/products/footlight',
      '/sign-in',
      '/preferences',
      '/orders',
      '/cart',
    ]) {
      await page.goto(path);
      await fits();
    }
    await page.getByRole('button', { name: 'Check out' }).click();
    for (const [heading, fields] of STEPS) {
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await fits();
      for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
      if (heading === 'Delivery') await page.getByLabel('Country').selectOption({ index: 1 });
      await page.getByRole('button', { name: 'Continue' }).click();
    }
    await page.getByRole('heading', { name: 'Check and order', level: 1 }).waitFor();
    await fits();
    await page.getByRole('button', { name: /Place order/ }).click();
    await page.getByText('It was written exactly once.').waitFor();
    await fits();
  });

  it('can be bought from with the keyboard alone', async () => {
    const { page, complaints } = await open();
    const press = async (name: string) => {
      await page.getByRole('button', { name }).focus();
      await page.keyboard.press('Enter');
    };
    await press('Check out');
    await page.getByRole('heading', { name: 'Contact', level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
    await press('Continue');
    await page.getByRole('alert').waitFor();
    const focused = await page.evaluate(() => document.activeElement?.className);
    expect(focused).toBe('error-summary');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('name');
    expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
  });
});
