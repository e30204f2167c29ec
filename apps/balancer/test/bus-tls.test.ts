import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Authority,
  type Certificate,
  hasOpenssl,
  makeAuthority,
} from '../../../test/certificate-authority.js';
import { closeAfterTest } from './support/bench.js';
import { NATS_SERVER, startBroker, startMembers } from './support/bus.js';
import { ask } from './support/client.js';
import { startMain } from './support/main-process.js';
import { refusingUrl, startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

describe.skipIf(NATS_SERVER === undefined || !hasOpenssl)('a bus that asks for TLS', () => {
  let ours: Authority;
  let theirs: Authority;
  let own: Certificate;
  let foreign: Certificate;
  let broker: readonly string[];
  const folder = mkdtempSync(join(tmpdir(), 'balancer-bus-'));

  beforeAll(() => {
    [ours, theirs] = [makeAuthority(), makeAuthority()];
    [own, foreign] = [ours.issue('balancer'), theirs.issue('balancer')];
    const { certFile, keyFile } = ours.issue('bus');
    const files = ['--tlscert', certFile, '--tlskey', keyFile, '--tlscacert', ours.caFile];
    broker = ['--tlsverify', ...files];
  });
  afterAll(() => {
    for (const authority of [ours, theirs]) authority?.remove();
    rmSync(folder, { recursive: true });
  });

  /** The broker, and what the environment of the balancer says of it. */
  async function startBus(caFile: string, { certFile, keyFile }: Certificate) {
    const { port } = new URL(await refusingUrl());
    startBroker(port, broker);
    const files = { BALANCER_BUS_CERT_FILE: certFile, BALANCER_BUS_KEY_FILE: keyFile };
    const servers = `tls://localhost:${port}`;
    return {
      servers,
      environment: {
        ...{ PORT: '0', ADMIN_PORT: '0', UNDERSTUDY_CLUSTER: 'bt', UNDERSTUDY_BUS: servers },
        ...{ ...files, BALANCER_BUS_CA_FILE: caFile },
      },
    };
  }

  test('is reached with the files of the configuration', async () => {
    const { servers, environment } = await startBus(ours.caFile, own);
    await startMembers(servers, ['n1'], { caFile: ours.caFile, ...own });
    const main = closeAfterTest(startMain(environment));
    await until('it listens', () => main.output().includes('balancer listening'));
    const [, url] = /on (\S+), admin/.exec(main.output()) ?? [];
    await until('the node answers', async () => (await ask(`${url}`)).body === 'n1');
    main.signal('SIGTERM');
    expect(await main.exit).toBe(0);
  });

  test.each([
    ['a certificate that it does not know', () => startBus(ours.caFile, foreign)],
    ['an authority that did not sign its own', () => startBus(theirs.caFile, own)],
  ])('ends the start with a reason, given %s', async (_name, start) => {
    const { environment } = await start();
    const main = closeAfterTest(startMain(environment));
    expect(await main.exit).toBe(1);
    expect(main.output()).toMatch(/^balancer: no TLS with the bus at localhost:\d+: /m);
    expect(main.output()).not.toContain('    at ');
  });

  test('that refuses the balancer leaves it the nodes of its list', async () => {
    const { environment } = await startBus(ours.caFile, foreign);
    const node = closeAfterTest(await startNode('listed'));
    const main = closeAfterTest(startMain({ ...environment, BALANCER_NODES: `l=${node.url}` }));
    await until('it says so', () => main.output().includes('only listed nodes are used'));
    await until('it listens', () => main.output().includes('balancer listening'));
    const [, url] = /on (\S+), admin/.exec(main.output()) ?? [];
    expect((await ask(`${url}`)).body).toBe('listed');
  });

  test('has its files looked at by check, from where the configuration lies', async () => {
    writeFileSync(join(folder, 'text.pem'), 'no certificate');
    const file = join(folder, 'b.yaml');
    const check = async (files: string) => {
      writeFileSync(file, `bus: { servers: nats://a, ${files} }\n`);
      const main = closeAfterTest(startMain({}, ['check', '--config', file]));
      return [await main.exit, main.output()];
    };
    const text = JSON.stringify(join(folder, 'text.pem'));
    expect(await check(`caFile: ${ours.caFile}`)).toEqual([0, expect.stringContaining('sound')]);
    expect(await check('caFile: text.pem')).toEqual([
      1,
      `balancer: bus.caFile is ${text}, expected certificates in PEM\n`,
    ]);
    expect(await check(`certFile: text.pem, keyFile: ${own.keyFile}`)).toEqual([
      1,
      `balancer: bus.certFile is ${text}, expected a certificate in PEM, and its key in keyFile\n`,
    ]);
    const none = JSON.stringify(join(folder, 'none.pem'));
    expect(await check('caFile: none.pem')).toEqual([
      1,
      `balancer: bus.caFile is ${none}, expected a file that can be read (ENOENT)\n`,
    ]);
  });
});
