import { beforeAll, describe, expect, it } from 'vitest';
import type { ShownPage } from './support/browser.js';
import { attribute, textOf } from './support/forms.js';
import { sharedShop } from './support/test-shop.js';

const CONTACT = { name: 'Ada', email: 'ada@example.org' };
const DELIVERY = { street: '1', postcode: '2', city: 'Rome', country: 'Italy' };
const CARD = { cardholder: 'A', cardNumber: '4242424242424242', expiry: '12/99', cvc: '123' };

describe('every page', () => {
  const shop = sharedShop();
  const pages: ShownPage[] = [];

  beforeAll(async () => {
    const browser = shop.visitor();
    const keep = (page: ShownPage): ShownPage => {
      pages.push(page);
      return page;
    };
    for (const path of ['/', '/?search=light', '/?category=Paper', '/orders', '/nowhere']) {
      keep(await browser.visit(path));
    }
    const product = keep(await browser.visit('/products/stopwatch'));
    const cart = keep(await browser.press(product, 'Add to basket'));
    const contact = keep(await browser.press(cart, 'Check out'));
    const wrong = keep(await browser.press(contact, 'Continue'));
    const delivery = keep(await browser.press(wrong, 'Continue', CONTACT));
    const payment = keep(await browser.press(delivery, 'Continue', DELIVERY));
    const review = keep(await browser.press(payment, 'Continue', CARD));
    keep(await browser.press(review, 'Place order'));
    for (const path of ['/orders', '/cart', '/preferences', '/register']) {
      keep(await browser.visit(path));
    }
    const signIn = keep(await browser.visit('/sign-in'));
    const shopper = { username: 'shopper', password: 'shopper-demo-1' };
    keep(await browser.press(signIn, 'Sign in', shopper));
  });

  it('has a title of its own', () => {
    const titles = new Set(pages.map(({ title }) => title));
    // The basket and the orders are looked at twice: empty and not.
    expect(titles.size).toBe(pages.length - 2);
    for (const title of titles) expect(title).toMatch(/^.+ · The Wings$/);
  });

  it('has one first heading, the landmarks, a language, and a way past the navigation', () => {
    for (const page of pages) {
      expect(page.headings, page.title).toHaveLength(1);
      expect(page.markup, page.title).toMatch(/^<!doctype html>\s*<html lang="en"/);
      for (const landmark of ['header', 'main', 'footer', 'aside']) {
        const found = page.markup.match(new RegExp(`<${landmark}\\b`, 'g'));
        expect(found, `${landmark} of ${page.title}`).toHaveLength(1);
      }
      expect(/<a\b[^>]*>/.exec(page.markup)?.[0]).toContain('href="#main"');
    }
  });

  it('uses every id once, and names only ids that are there', () => {
    for (const page of pages) {
      const ids = [...page.markup.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => id);
      expect(new Set(ids).size, page.title).toBe(ids.length);
      const named = page.markup.matchAll(/\s(?:for|aria-describedby|aria-labelledby)="([^"]*)"/g);
      for (const [, list = ''] of named) {
        for (const id of list.split(' ')) expect(ids, page.title).toContain(id);
      }
      for (const [, id = ''] of page.markup.matchAll(/href="#([^"]*)"/g)) {
        expect(ids, page.title).toContain(id);
      }
    }
  });

  it('labels every field and names every button, link and navigation', () => {
    for (const page of pages) {
      for (const [tag] of page.markup.matchAll(/<(?:input|select)\b[^>]*>/g)) {
        const type = attribute(tag, 'type');
        if (type === 'hidden' || type === 'radio') continue;
        expect(page.markup, tag).toMatch(new RegExp(`<label[^>]* for="${attribute(tag, 'id')}"`));
      }
      for (const [, , label = ''] of page.markup.matchAll(/<(button|a)\b[^>]*>([\s\S]*?)<\/\1>/g)) {
        expect(textOf(label), page.title).not.toBe('');
      }
      for (const [tag] of page.markup.matchAll(/<nav\b[^>]*>/g))
        expect(tag).toContain('aria-label');
    }
  });
});
