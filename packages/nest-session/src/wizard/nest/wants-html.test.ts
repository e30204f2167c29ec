import { expect, test } from 'vitest';
import { wantsHtml } from './wants-html.js';

test.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['text/html', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['application/json, text/html;q=0.9', false],
  ['TEXT/HTML; charset=utf-8, */*; q=0.1', true],
  ['text/*, application/json;q=0.5', true],
  ['text/html;q=0', false],
  ['text/html;q=x', false],
  ['', false],
])('Accept %j: %s', (accept, expected) => {
  expect(wantsHtml(accept)).toBe(expected);
});
