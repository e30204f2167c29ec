import { describe, expect, it } from 'vitest';
import { localPath } from './local-path.js';

describe('localPath', () => {
  it.each([
    ['/', '/'],
    ['/checkout/abc/delivery', '/checkout/abc/delivery'],
    ['/?search=light#top', '/?search=light'],
  ])('takes %j', (text, path) => {
    expect(localPath(text, '/fallback')).toBe(path);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    'javascript:alert(1)',
    '',
    ' /',
    '/a b',
    `/${'x'.repeat(600)}`,
    undefined,
    ['/'],
  ])('refuses %j', (text) => {
    expect(localPath(text, '/fallback')).toBe('/fallback');
  });
});
