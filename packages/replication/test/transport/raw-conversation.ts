import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { until } from './until.js';

/** Says `send`, byte for byte, as the named client; each client is a connection of its own. */
export interface Turn {
  readonly client: string;
  readonly send: string;
}

/** What each client heard, with `<closed>` at the end if the server ended the conversation. */
export type Transcript = Readonly<Record<string, string>>;

/**
 * Leads a conversation with a server at `port`. After each turn it waits until the server has
 * answered a PING or hung up, so that nothing depends on time.
 */
export async function converse(port: number, turns: readonly Turn[]): Promise<Transcript> {
  const clients = new Map<string, RawClient>();
  for (const { client: name, send } of turns) {
    const client = clients.get(name) ?? (await RawClient.connect(port));
    clients.set(name, client);
    await client.say(send);
  }
  // What a turn of one client brought to another is certain to be there after one more answer.
  for (const client of clients.values()) await client.say('');
  const heard = [...clients].map(([name, client]) => [name, client.transcript()] as const);
  for (const client of clients.values()) client.leave();
  return Object.fromEntries(heard);
}

class RawClient {
  #heard = '';
  #closed = false;
  #pings = 0;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#heard += text;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = createConnection(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new RawClient(socket);
    await until('the greeting', () => client.#heard.includes('\r\n'));
    return client;
  }

  async say(text: string): Promise<void> {
    if (this.#closed) return;
    // A PING in what is said is answered too.
    this.#pings += 1 + (text.match(/^ping/gim)?.length ?? 0);
    this.socket.write(Buffer.from(`${text}PING\r\n`, 'latin1'));
    await until(
      `an answer to ${JSON.stringify(text.slice(0, 80))} after ${JSON.stringify(this.#heard)}`,
      () => this.#closed || (this.#heard.match(/^PONG\r$/gm)?.length ?? 0) >= this.#pings,
    );
  }

  /** Without the greeting, the PONGs and the pings of the server, which come when they come. */
  transcript(): string {
    const heard = this.#heard.replace(/^INFO .*\r\n/, '').replace(/^P[IO]NG\r\n/gm, '');
    return heard + (this.#closed ? '<closed>' : '');
  }

  leave(): void {
    this.socket.destroy();
  }
}
