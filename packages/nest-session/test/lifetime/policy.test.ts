import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type SessionModuleOptions, SessionPolicy } from '../../src/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

const page = readFileSync(new URL('../../docs/lifetime.md', import.meta.url), 'utf8');
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe.each(ADAPTERS)('the policy in force on %s', (adapter) => {
  async function policyOf(options: SessionModuleOptions) {
    const running = await startApp({ adapter, controllers: [], options });
    const policy = running.app.get(SessionPolicy);
    const told = { effective: policy.effective, markdown: policy.toMarkdown() };
    await running.close();
    return told;
  }

  test('is the documented one (ASVS 7.1.1)', async () => {
    const { markdown } = await policyOf({});
    expect(page).toContain(`\n${markdown}`);
    for (const text of [page, readme]) {
      for (const [name, value] of rowsOf(markdown)) {
        const written = value === 'off' ? 'false' : value;
        expect(text).toMatch(new RegExp(`\\| \`timeouts\\.${name}\` \\| \`${written}\` \\|`));
      }
    }
  });

  test.each([
    ['aal1', 30 * DAY_MS, 30 * DAY_MS, DAY_MS],
    ['aal2', HOUR_MS, DAY_MS, HOUR_MS],
    ['aal3', HOUR_MS / 4, 12 * HOUR_MS, HOUR_MS / 4],
  ] as const)('is %s of NIST SP 800-63B-4, as documented (ASVS 7.1.1)', async (...row) => {
    const [profile, idleTimeoutMs, absoluteTimeoutMs, renewTimeoutMs] = row;
    const { effective, markdown } = await policyOf({ timeouts: profile });
    const timeouts = { idleTimeoutMs, absoluteTimeoutMs, renewTimeoutMs, rememberTimeoutMs: null };
    expect(effective).toEqual({ ...timeouts, perPrincipal: null, onLimit: null });
    const [idle, absolute, renew] = rowsOf(markdown).map(([, value]) => `\`${value}\``);
    expect(page).toContain(`| \`${profile}\` | ${idle} | ${absolute} | ${renew} |`);
  });

  test('is that of the options (ASVS 7.1.1)', async () => {
    const timeouts = { idle: '5m', absolute: '1h', renew: '10m', remember: '7d' };
    const { markdown } = await policyOf({ timeouts });
    expect(rowsOf(markdown)).toEqual(Object.entries(timeouts));
  });

  test.each([
    [{}, null, null, 'any number', 'is let in'],
    [{ perPrincipal: 2 }, 2, 'evict-oldest', 'at most 2', 'ends the session that signed in first'],
    [{ perPrincipal: 3, onLimit: 'reject' }, 3, 'reject', 'at most 3', 'is refused'],
  ] as const)(
    'tells how many sessions %o allows, and what one more login does (ASVS 7.1.2)',
    async (...row) => {
      const [limits, perPrincipal, onLimit, sessions, effect] = row;
      const { effective, markdown } = await policyOf({ limits });
      expect(effective).toMatchObject({ perPrincipal, onLimit });
      expect(markdown).toContain(`\n| ${sessions} | ${effect}`);
      if (onLimit) expect(markdown).toContain(`\`${onLimit}\``);
      expect(page).toContain(`| ${effect}`);
    },
  );

  test.each(['evict-oldest', 'reject'] as const)(
    'is what a login beyond the limit meets with %s (ASVS 7.1.2)',
    async (onLimit) => {
      const options = { limits: { perPrincipal: 2, onLimit } };
      const running = await startApp({ adapter, controllers: [shopController()], options });
      const { effective } = running.app.get(SessionPolicy);
      const browsers = Array.from({ length: Number(effective.perPrincipal) + 1 }, () =>
        running.browser(),
      );
      const logins: number[] = [];
      for (const browser of browsers) {
        logins.push((await browser.post('/login', { id: 'ada' })).status);
      }
      const alive = await Promise.all(
        browsers.map(async (browser) => (await browser.fetch('/me')).status === 200),
      );
      await running.close();
      const asTold = {
        'evict-oldest': { logins: [200, 200, 200], alive: [false, true, true] },
        reject: { logins: [200, 200, 403], alive: [true, true, false] },
      };
      expect({ logins, alive }).toEqual(asTold[effective.onLimit ?? 'reject']);
      expect(effective.onLimit).toBe(onLimit);
    },
  );
});

function rowsOf(markdown: string): [string, string][] {
  return [...markdown.matchAll(/^\| (\w+) \| (\w+) \|/gm)]
    .map(([, name = '', value = '']): [string, string] => [name, value])
    .filter(([name]) => name !== 'timeout');
}
