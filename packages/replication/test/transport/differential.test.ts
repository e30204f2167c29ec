import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedBus,
  type EmbeddedBusOptions,
  startEmbeddedBus,
} from '../../src/transport/index.js';
import { CONVERSATIONS, TOKEN_CONVERSATIONS, USER_CONVERSATIONS } from './conversations.js';
import { NATS_SERVER_VERSION, startNatsServer } from './nats-server.js';
import { converse, type Transcript, type Turn } from './raw-conversation.js';

/** What nats-server 2.9 said; `RECORD=1` asks the installed one again and writes it down. */
const RECORD = new URL('./conversations.recorded.json', import.meta.url);
type Recorded = Record<string, Record<string, Transcript>>;
const recorded: Recorded = JSON.parse(readFileSync(RECORD, 'utf8'));

/** Later generations word some answers differently; the embedded bus follows this one. */
const SAME_GENERATION = NATS_SERVER_VERSION?.startsWith('2.9.') === true;

let talks = 0;

interface Door {
  readonly conversations: Readonly<Record<string, readonly Turn[]>>;
  readonly options: EmbeddedBusOptions;
  readonly args: readonly string[];
}

const DOORS: Readonly<Record<string, Door>> = {
  open: { conversations: CONVERSATIONS, options: {}, args: [] },
  token: {
    conversations: TOKEN_CONVERSATIONS,
    options: { token: 'sesame' },
    args: ['--auth', 'sesame'],
  },
  user: {
    conversations: USER_CONVERSATIONS,
    options: { user: 'ali', pass: 'baba' },
    args: ['--user', 'ali', '--pass', 'baba'],
  },
};

describe.each(Object.entries(DOORS))('with the door %s', (door, { conversations, ...settings }) => {
  describe.skipIf(!SAME_GENERATION)('what was recorded is what nats-server says', () => {
    let server: Awaited<ReturnType<typeof startNatsServer>>;
    beforeAll(async () => {
      server = await startNatsServer({ args: settings.args });
    });
    afterAll(() => server?.kill());

    it.each(Object.entries(conversations))('%s', async (name, turns) => {
      const said = await talk(server.port, turns);
      if (process.env.RECORD === undefined) expect(said).toEqual(recorded[door]?.[name]);
      else record(door, name, said);
    });
  });

  describe('what the embedded bus says is what was recorded', () => {
    let bus: EmbeddedBus;
    beforeAll(async () => {
      bus = await startEmbeddedBus(settings.options);
    });
    afterAll(() => bus?.close());

    it.each(Object.entries(conversations))('%s', async (name, turns) => {
      expect(await talk(bus.port, turns)).toEqual(recorded[door]?.[name]);
    });
  });
});

/** Leads a conversation with subjects of its own, so that the end of one does not show in the next. */
async function talk(port: number, turns: readonly Turn[]): Promise<Transcript> {
  talks += 1;
  const own = `s${talks}s`;
  const said = turns.map(({ client, send }) => ({ client, send: send.replaceAll('@', own) }));
  const heard = Object.entries(await converse(port, said));
  return Object.fromEntries(heard.map(([client, text]) => [client, text.replaceAll(own, '@')]));
}

function record(door: string, name: string, said: Transcript): void {
  recorded[door] = { ...recorded[door], [name]: said };
  writeFileSync(RECORD, `${JSON.stringify(recorded, null, 2)}\n`);
}
