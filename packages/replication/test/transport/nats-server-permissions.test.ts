import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connect2 } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NatsTransportOptions, natsTransport } from '../../src/transport/index.js';
import { NATS_SERVER, type RunningServer, startNatsServer } from './nats-server.js';
import { until } from './until.js';

const CONFIG = `
authorization {
  users: [
    { user: node, password: secret, permissions { publish: "mine.>", subscribe: "mine.>" } }
  ]
}
`;

describe.skipIf(NATS_SERVER === undefined)('a broker that permits little', () => {
  const directory = mkdtempSync(join(tmpdir(), 'understudy-nats-'));
  const config = join(directory, 'nats.conf');
  let server: RunningServer;

  beforeAll(async () => {
    writeFileSync(config, CONFIG);
    server = await startNatsServer({ args: ['-c', config] });
  });
  afterAll(async () => {
    await server?.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  const credentials = { user: 'node', pass: 'secret' };
  it.each<[string, () => Promise<NatsTransportOptions>]>([
    ['own connections', async () => ({ servers: `127.0.0.1:${server.port}`, ...credentials })],
    [
      'a connection of nats 2',
      async () => ({
        connection: await connect2({ servers: `127.0.0.1:${server.port}`, ...credentials }),
      }),
    ],
  ])('is heard in the log, once for each complaint (%s)', async (_, options) => {
    const warnings: string[] = [];
    const chosen = await options();
    const transport = await natsTransport({
      ...chosen,
      logger: { warn: (message) => warnings.push(message) },
    });
    transport.subscribe('yours.x', () => {});
    for (let round = 0; round < 5; round += 1) transport.publish('yours.y', new Uint8Array(1));
    await transport.flush();
    const about = (what: string) => warnings.filter((message) => message.includes(what));
    await until(
      'both complaints',
      () => about('yours.x').length > 0 && about('yours.y').length > 0,
    );
    await transport.flush();
    expect(about('yours.y')).toHaveLength(1);
    await transport.close();
    if ('connection' in chosen) await chosen.connection?.close();
  });
});
