import type { INestApplication } from '@nestjs/common';
import { expect, test } from 'vitest';
import { TestAgent } from '../../src/testing/index.js';

function agentWith(...setCookies: string[]): TestAgent {
  const agent = new TestAgent({} as INestApplication);
  for (const setCookie of setCookies) agent.keep(setCookie);
  return agent;
}

const PAST = 'Thu, 01 Jan 1970 00:00:00 GMT';
const FUTURE = 'Fri, 31 Dec 2999 23:59:59 GMT';

test.each([
  'Max-Age=0',
  'max-age=0',
  'MAX-AGE=-1',
  `Expires=${PAST}`,
  `expires=${PAST}`,
  `Path=/; Expires=${PAST}; HttpOnly`,
  `Max-Age=0; Expires=${FUTURE}`,
])('a cookie is forgotten by %s', (attributes) => {
  const { cookies } = agentWith('seen=1; Path=/', `seen=; ${attributes}`);
  expect([...cookies]).toEqual([]);
});

test('a cookie is forgotten, whatever the spaces between its attributes', () => {
  expect([...agentWith('seen=1', 'seen=;path=/;max-age=0').cookies]).toEqual([]);
});

test.each([
  'Max-Age=60',
  'Max-Age=soon',
  `Expires=${FUTURE}`,
  'Expires=whenever',
  // RFC 6265 §5.3: Max-Age goes before Expires.
  `Max-Age=60; Expires=${PAST}`,
  'Comment=Max-Age=0',
])('a cookie is kept with %s', (attributes) => {
  expect([...agentWith(`seen=a=b; ${attributes}`).cookies]).toEqual([['seen', 'a=b']]);
});

test('what is no cookie is not kept', () => {
  expect([...agentWith('nonsense', '=value', '').cookies]).toEqual([]);
});
