import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedBus,
  type EmbeddedBusOptions,
  startEmbeddedBus,
} from '../../src/transport/index.js';
import { CONVERSATIONS, TOKEN_CONVERSATIONS, USER_CONVERSATIONS } from './conversations.js';
import { NATS_SERVER, type RunningServer, startNatsServer } from './nats-server.js';
import { converse, type Turn } from './raw-conversation.js';

describe.skipIf(NATS_SERVER === undefined)('the embedded bus answers as nats-server does', () => {
  compare('open to all', CONVERSATIONS, {}, []);
  compare('with a token', TOKEN_CONVERSATIONS, { token: 'sesame' }, ['--auth', 'sesame']);
  compare('with a password', USER_CONVERSATIONS, { user: 'ali', pass: 'baba' }, [
    '--user',
    'ali',
    '--pass',
    'baba',
  ]);
});

function compare(
  label: string,
  conversations: Readonly<Record<string, readonly Turn[]>>,
  options: EmbeddedBusOptions,
  args: readonly string[],
): void {
  describe(label, () => {
    let bus: EmbeddedBus;
    let server: RunningServer;
    beforeAll(async () => {
      [bus, server] = await Promise.all([startEmbeddedBus(options), startNatsServer({ args })]);
    });
    afterAll(() => Promise.all([bus?.close(), server?.kill()]));

    for (const [index, [name, turns]] of Object.entries(conversations).entries()) {
      it(name, async () => {
        const said = turns.map(({ client, send }) => ({
          client,
          send: send.replaceAll('@', `s${index}`),
        }));
        const [expected, actual] = await Promise.all([
          converse(server.port, said),
          converse(bus.port, said),
        ]);
        expect(actual).toEqual(expected);
      });
    }
  });
}
