import { describe, expect, it } from 'vitest';
import type { Browser, ShownPage } from './support/browser.js';
import { ADAPTERS, sharedShop } from './support/test-shop.js';

const CONTACT = { name: 'Ada Lovelace', email: 'ada@example.org' };
const DELIVERY = { street: '12 Row', postcode: 'W1 1AA', city: 'London', country: 'Ireland' };
const PAYMENT = {
  cardholder: 'A Lovelace',
  cardNumber: '4242 4242 4242 4242',
  expiry: '12/99',
  cvc: '123',
};

describe.each(ADAPTERS)('a purchase without JavaScript, on %s', (adapter) => {
  const shop = sharedShop({ SHOP_ADAPTER: adapter });

  it('goes from the catalogue to the confirmation by links and forms', async () => {
    const browser = shop.visitor();
    const home = await browser.visit('/');
    const product = await browser.follow(home, 'Cue light');
    const cart = await browser.press(product, 'Add to basket', { quantity: '2' });
    expect(cart.path).toBe('/cart?added=cue-light');
    expect(cart.text).toContain('Cue light is in your basket.');
    expect(cart.text).toContain('€79.00');

    const review = await answerAll(browser, await browser.press(cart, 'Check out'));
    expect(review.title).toMatch(/^Step 4 of 4: Check and order – Checkout/);
    expect(review.text).toContain('Card ending in 4242');
    expect(review.markup).not.toContain('4242 4242');

    const order = await browser.press(review, 'Place order');
    expect(order.path).toMatch(/^\/orders\/W-[0-9A-Z]{5}-[0-9A-Z]{5}\?placed=1$/);
    expect(order.text).toContain('12 Row');
    expect(order.text).toContain('on ▲ n1');
    expect((await browser.visit('/cart')).text).toContain('There is nothing in it yet.');
    expect((await browser.visit('/orders')).text).toContain('€79.00');
  });

  it('makes one order of a form that is sent twice', async () => {
    const browser = shop.visitor();
    const review = await answerAll(browser, await beginCheckout(browser));
    const { action, fields } = review.form('Place order');
    const pages = await Promise.all([browser.send(action, fields), browser.send(action, fields)]);
    const again = await browser.send(action, fields);
    expect(new Set([...pages, again].map((page) => page.path)).size).toBe(1);
    const orders = await browser.visit('/orders');
    expect(orders.text.match(/W-[0-9A-Z]{5}-[0-9A-Z]{5}/g)).toHaveLength(1);
  });
});

describe('a checkout', () => {
  const shop = sharedShop();

  it('says what is wrong, where, and keeps what was typed', async () => {
    const browser = shop.visitor();
    const contact = await beginCheckout(browser);
    const wrong = await browser.press(contact, 'Continue', { name: 'Ada', email: 'ada@' });
    expect(wrong.status).toBe(422);
    expect(wrong.title).toMatch(/^Problem: Step 1 of 4/);
    expect(wrong.text).toContain('There is a problem Enter an email address such as');
    expect(wrong.markup).toContain('href="#email"');
    expect(wrong.markup).toMatch(/<input id="email"[^>]*aria-invalid="true"/);
    expect(wrong.value('name')).toBe('Ada');
    expect(wrong.value('email')).toBe('ada@');
    const right = await browser.press(wrong, 'Continue', CONTACT);
    expect(right.headings).toEqual(['Delivery']);
  });

  it('keeps half a form that was saved, and finds it again from the basket', async () => {
    const browser = shop.visitor();
    const delivery = await browser.press(await beginCheckout(browser), 'Continue', CONTACT);
    const saved = await browser.press(delivery, 'Save for later', { street: '12 Row' });
    expect(saved.text).toContain('What you typed is saved.');
    const resumed = await browser.press(await browser.visit('/cart'), 'Check out');
    expect(resumed.path).toBe(delivery.path);
    expect(resumed.value('street')).toBe('12 Row');
  });

  it('goes back with what was typed, and forward again', async () => {
    const browser = shop.visitor();
    const delivery = await browser.press(await beginCheckout(browser), 'Continue', CONTACT);
    const contact = await browser.press(delivery, 'Back', { city: 'London' });
    expect(contact.value('email')).toBe('ada@example.org');
    const forward = await browser.press(contact, 'Continue');
    expect(forward.value('city')).toBe('London');
  });

  it('never shows a card again, nor keeps it', async () => {
    const browser = shop.visitor();
    const review = await answerAll(browser, await beginCheckout(browser));
    const payment = await browser.follow(review, 'Change payment');
    expect(payment.value('cardholder')).toBe('A Lovelace');
    for (const name of ['cardNumber', 'expiry', 'cvc']) expect(payment.value(name)).toBe('');
    const wrong = await browser.press(payment, 'Continue', { ...PAYMENT, cvc: '1' });
    expect(wrong.status).toBe(422);
    expect(wrong.value('cardNumber')).toBe('');
  });

  it('shows the first open step to somebody who runs ahead', async () => {
    const browser = shop.visitor();
    const contact = await beginCheckout(browser);
    const ahead = await browser.visit(contact.path.replace('contact', 'review'));
    expect(ahead.path).toBe(contact.path);
  });

  it('tells a second tab that the form has moved on, and keeps what it typed', async () => {
    const browser = shop.visitor();
    const contact = await beginCheckout(browser);
    await browser.press(contact, 'Continue', CONTACT);
    const late = await browser.press(contact, 'Continue', { ...CONTACT, name: 'Someone Else' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('changed in another tab');
    expect(late.value('name')).toBe('Someone Else');
    expect((await browser.press(late, 'Continue')).headings).toEqual(['Delivery']);
  });

  it('does not order what was not reviewed', async () => {
    const browser = shop.visitor();
    const review = await answerAll(browser, await beginCheckout(browser));
    const product = await browser.visit('/products/gaffer-tape');
    await browser.press(product, 'Add to basket');
    const refused = await browser.press(review, 'Place order');
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Your basket has changed since you looked at it.');
    expect((await browser.press(refused, 'Place order')).text).toContain('Gaffer tape');
  });

  it('leads to its order once it is done', async () => {
    const browser = shop.visitor();
    const review = await answerAll(browser, await beginCheckout(browser));
    const order = await browser.press(review, 'Place order');
    const again = await browser.visit(review.path);
    expect(again.path).toBe(order.path.replace('?placed=1', ''));
  });

  it('is nobody else’s', async () => {
    const browser = shop.visitor();
    const review = await answerAll(browser, await beginCheckout(browser));
    const order = await browser.press(review, 'Place order');
    const stranger = shop.visitor();
    expect((await stranger.visit(review.path)).status).toBe(404);
    expect((await stranger.visit(order.path)).status).toBe(404);
  });
});

async function beginCheckout(browser: Browser): Promise<ShownPage> {
  const product = await browser.visit('/products/ghost-light');
  const cart = await browser.press(product, 'Add to basket');
  return browser.press(cart, 'Check out');
}

async function answerAll(browser: Browser, contact: ShownPage): Promise<ShownPage> {
  const delivery = await browser.press(contact, 'Continue', CONTACT);
  const payment = await browser.press(delivery, 'Continue', DELIVERY);
  return browser.press(payment, 'Continue', PAYMENT);
}
