import { afterEach, describe, expect, test, vi } from 'vitest';
import { browserTransport } from './session-transport.js';

afterEach(() => vi.unstubAllGlobals());

function visit(href: string, cookie: string): void {
  vi.stubGlobal('location', new URL(href));
  vi.stubGlobal('document', { cookie });
}

describe("the browser's cookies", () => {
  test('are read by their whole name', () => {
    visit('https://shop.example/cart', 'x-sid-csrf=no; sid-csrf=yes=1; other=z');
    expect(browserTransport.readCookie?.('sid-csrf', '/api')).toBe('yes=1');
    expect(browserTransport.readCookie?.('sid', '/api')).toBeUndefined();
  });

  test('stay with the site they belong to', () => {
    visit('https://shop.example/', 'sid-csrf=secret');
    expect(browserTransport.readCookie?.('sid-csrf', 'https://api.example/x')).toBeUndefined();
    expect(browserTransport.readCookie?.('sid-csrf', 'https://shop.example/x')).toBe('secret');
  });

  test('do not exist outside a browser', () => {
    expect(browserTransport.readCookie?.('sid-csrf', 'https://shop.example/')).toBeUndefined();
  });
});
