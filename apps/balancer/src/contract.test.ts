import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  FAILED_NODE_HEADER,
  HEALTH_PATH,
  IDEMPOTENCY_KEY_HEADER,
  LABEL_PATTERN,
  NOT_MINE_HEADER,
  ROUTE_COOKIE_NAMES,
  SESSION_COOKIE_NAMES,
} from './contract.js';

const page = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8');

describe('docs/http.md says the same', () => {
  test.each([
    ...SESSION_COOKIE_NAMES.map((name) => `\`${name}\``),
    `\`${FAILED_NODE_HEADER}: <label>\``,
    `labels match \`${LABEL_PATTERN.source.slice(1, -1)}\``,
    `\`GET ${HEALTH_PATH}\``,
  ])('%s', (text) => {
    expect(page).toContain(text);
  });

  test('about headers whatever their case', () => {
    expect(page.toLowerCase()).toContain(`\`${NOT_MINE_HEADER}: <label>\``);
    expect(page.toLowerCase()).toContain(`\`${IDEMPOTENCY_KEY_HEADER}: `);
  });

  test('about the route cookie being the session cookie with a suffix', () => {
    expect(page).toContain('the same name with `-route`');
    expect(ROUTE_COOKIE_NAMES).toEqual(SESSION_COOKIE_NAMES.map((name) => `${name}-route`));
  });
});
