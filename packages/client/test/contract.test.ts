import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { decideRetry } from '../src/index.js';
import { DEFAULT_RETRY } from '../src/retry/retry-policy.js';
import { KEYED, UNSAFE } from '../src/retry/retry-table.js';
import { createHarness } from './harness.js';
import { json } from './scripted-fetch.js';

let page: string;

beforeAll(async () => {
  page = await readFile(new URL('../../../docs/http.md', import.meta.url), 'utf8');
});

/** The rows of the table of problems: status and name. */
function problems(): [status: number, name: string][] {
  const rows = page.matchAll(/^\| (\d{3}) \| `([\w-]+)`/gm);
  return [...rows].map(([, status, name]) => [Number(status), `${name}`]);
}

describe('docs/http.md and this client agree on', () => {
  test('the headers a request carries', async () => {
    const { client, cookies, sent } = createHarness([
      json(1, { 'session-info': 'node="a", rev="1.1"' }),
    ]);
    cookies.set('sid-csrf', 't');
    await client.get('/a');
    await client.post('/a', {}, { passive: true });
    const known = new Set(page.toLowerCase().match(/`[a-z-]+(?=[:`])/g));
    const ours = [...(sent[1]?.headers.keys() ?? [])].filter(
      (name) => !['accept', 'content-type'].includes(name),
    );
    expect(ours.toSorted()).toEqual([
      'idempotency-key',
      'session-min-rev',
      'session-passive',
      'x-csrf-token',
    ]);
    for (const name of [...ours, 'retry-attempt', 'session-info', 'session-event', 'retry-after']) {
      expect(known).toContain(`\`${name}`);
    }
  });

  test('the cookie of the CSRF token', () => {
    expect(page).toContain('`__Host-sid` over https, `sid` over plain http');
    expect(page).toContain('the same name with `-csrf`');
  });

  test('the problems it repeats, cures or reports', () => {
    const decisions = problems().map(([status, name]) => {
      const failure = { status, code: name };
      const situation = { failure, repeatable: true, attempts: 1, used: [], random: 0 };
      const rest = { remainingMs: 9999, tokens: 9 };
      const decide = (safety: typeof KEYED | typeof UNSAFE) => {
        const decision = decideRetry({ ...situation, ...rest, safety }, DEFAULT_RETRY);
        return decision.remedy ?? (decision.stoppedBy ? 'report' : 'repeat');
      };
      return `${status} ${name}: ${decide(KEYED)}, without a key ${decide(UNSAFE)}`;
    });
    const agreed = [
      '400 bad-request: report, without a key report',
      '401 authentication-required: login, without a key login',
      '401 session-lost: login, without a key login',
      '401 session-ended: login, without a key login',
      '403 csrf-invalid: csrf, without a key csrf',
      '403 forbidden: report, without a key report',
      '409 idempotency-in-progress: repeat, without a key report',
      '409 wizard-conflict: report, without a key report',
      '413 session-too-large: report, without a key report',
      '422 idempotency-mismatch: report, without a key report',
      '429 quota-exceeded: repeat, without a key report',
      '500 session-value: report, without a key report',
      '503 session-unavailable: repeat, without a key report',
      '504 commit-unknown: repeat, without a key report',
      '502 upstream-lost: repeat, without a key report',
      '504 upstream-timeout: repeat, without a key report',
      '500 balancer-failed: report, without a key report',
    ];
    expect(decisions).toEqual(expect.arrayContaining(agreed));
  });
});
