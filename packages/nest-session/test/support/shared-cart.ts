import type { RunningApp } from './start-app.js';
import { until } from './until.js';

/** What a visitor of `one` has put into the cart and another node has a copy of, as `two` shows it. */
export async function sharedCart(one: RunningApp, two: RunningApp): Promise<string[]> {
  const browser = one.browser();
  await until(async () => {
    const response = await browser.post('/cart/lamp');
    return response.headers.get('session-info')?.endsWith('copies=1') ?? false;
  });
  return (await browser.at(two.url).json<{ items: string[] }>('/cart')).items;
}
