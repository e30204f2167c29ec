import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  CSRF_COOKIE_SUFFIX,
  CSRF_FORM_FIELD,
  PLAIN_COOKIE_NAME,
  PROBLEM_TYPE_PREFIX,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
  ROUTE_COOKIE_SUFFIX,
  ROUTE_COOKIE_VERSION,
  SECURE_COOKIE_NAME,
  TOKEN_PARAMETER,
  TOKEN_SCHEME,
} from '../src/http/contract.js';
import { PROBLEM_NAMES, problem } from '../src/http/problem.js';

const page = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8');

describe('the contract in docs/http.md', () => {
  test.each([
    ...Object.values(REQUEST_HEADERS).filter((name) => !name.startsWith('X-Forwarded-')),
    ...Object.values(RESPONSE_HEADERS),
    SECURE_COOKIE_NAME,
    `\`${PLAIN_COOKIE_NAME}\` over plain http`,
    `with \`${ROUTE_COOKIE_SUFFIX}\``,
    `with \`${CSRF_COOKIE_SUFFIX}\``,
    `\`${ROUTE_COOKIE_VERSION}.<owner>`,
    `\`${CSRF_FORM_FIELD}\``,
    `\`Authorization: ${TOKEN_SCHEME} <token>\``,
    `\`${TOKEN_PARAMETER}\``,
    `\`${PROBLEM_TYPE_PREFIX}<name>\``,
    '`X-Forwarded-For`, `-Proto`, `-Host`',
  ])('names %s', (name) => {
    expect(page).toContain(name);
  });

  test('lists the problems this package answers with, and no others', () => {
    // The first table of the section is the nodes'; the next one is the balancer's.
    const table = /^## Problems$[^|]*((?:^\|.*\n)+)/m.exec(page)?.[1] ?? '';
    const rows = [...table.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \|/gm)];
    const listed = rows.map(([, status, name]) => [name, Number(status)]);
    expect(listed).toEqual(PROBLEM_NAMES.map((name) => [name, problem(name, '').status]));
  });
});
