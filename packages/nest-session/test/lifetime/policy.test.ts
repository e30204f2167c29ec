import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type SessionModuleOptions, SessionPolicy } from '../../src/index.js';
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
    expect(effective).toEqual(timeouts);
    const [idle, absolute, renew] = rowsOf(markdown).map(([, value]) => `\`${value}\``);
    expect(page).toContain(`| \`${profile}\` | ${idle} | ${absolute} | ${renew} |`);
  });

  test('is that of the options (ASVS 7.1.1)', async () => {
    const timeouts = { idle: '5m', absolute: '1h', renew: '10m', remember: '7d' };
    const { markdown } = await policyOf({ timeouts });
    expect(rowsOf(markdown)).toEqual(Object.entries(timeouts));
  });
});

function rowsOf(markdown: string): [string, string][] {
  return [...markdown.matchAll(/^\| (\w+) \| (\w+) \|/gm)]
    .map(([, name = '', value = '']): [string, string] => [name, value])
    .filter(([name]) => name !== 'timeout');
}
