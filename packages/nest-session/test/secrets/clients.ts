import { expect } from 'vitest';
import { listen } from '../event-stream/listener.js';
import { Browser } from '../support/browser.js';
import { greeted } from '../websocket/chat.js';

const CLIENTS = 24;

/** A browser that remembers every id it was ever given. */
class Collector extends Browser {
  readonly given = new Set<string>();
  /** The token of a client without cookies. */
  token = '';

  override async fetch(path: string, init?: RequestInit): Promise<Response> {
    const response = await super.fetch(path, init);
    this.token = response.headers.get('session-token') || this.token;
    for (const id of [this.cookies.get('sid'), this.token]) if (id) this.given.add(id);
    return response;
  }
}

/** All that gives, carries, changes, shows or ends an id. Keeps the ids, and what was answered. */
export class Clients {
  readonly bodies: string[] = [];
  readonly #collectors: Collector[] = [];

  constructor(private readonly urls: readonly string[]) {}

  get issued(): ReadonlySet<string> {
    return new Set(this.#collectors.flatMap(({ given }) => [...given]));
  }

  async useEverything(loseLastNode: () => Promise<void>): Promise<void> {
    await Promise.all([
      ...Array.from({ length: CLIENTS }, (_, index) => this.#shop(index)),
      this.#withoutCookies(),
      this.#socket(),
      this.#listen(),
    ]);
    await this.#failover(loseLastNode);
  }

  #browser(index: number): Collector {
    const browser = new Collector(this.#urlAt(index));
    this.#collectors.push(browser);
    return browser;
  }

  #urlAt(index: number): string {
    return this.urls[index % this.urls.length] as string;
  }

  async #shop(index: number): Promise<void> {
    const browser = this.#browser(index);
    const step = async (response: Promise<Response>) => {
      this.bodies.push(await (await response).text());
      browser.url = this.#urlAt(index + this.bodies.length);
    };
    await step(browser.post(`/cart/lamp${index}`));
    await step(browser.send('PUT', '/keys/note', { value: index }));
    await step(browser.fetch('/session'));
    await step(browser.post('/login', { id: `person-${index % 3}`, roles: ['admin'] }));
    await step(browser.fetch('/session/devices'));
    await step(browser.post('/cart/chair', undefined, { 'idempotency-key': `key-${index}` }));
    await step(browser.post('/login', { id: `person-${index % 3}`, roles: [] }));
    const cookie = browser.cookies.get('sid') as string;
    // What is refused is told, too.
    await step(browser.fetch('/me', { headers: { cookie: `sid=${cookie}x` } }));
    await step(browser.post('/cart/lamp', undefined, { 'x-csrf-token': 'forged' }));
    await step(browser.fetch('/admin'));
    if (index % 2 === 0) await step(browser.post('/logout'));
  }

  async #withoutCookies(): Promise<void> {
    const client = this.#browser(0);
    const bearing = () => ({ authorization: `Session ${client.token}`.trim() });
    await client.post('/cart/tea', undefined, bearing());
    await client.post('/login', { id: 'robot' }, bearing());
    client.url = this.#urlAt(1);
    const me = await client.fetch('/me', { headers: bearing() });
    expect(await me.json()).toMatchObject({ id: 'robot' });
    expect([client.given.size, client.cookies.size]).toEqual([2, 0]);
  }

  async #socket(): Promise<void> {
    const browser = this.#browser(0);
    await browser.post('/login', { id: 'talker' });
    const client = await greeted(browser);
    expect(await client.ask('say', 'hello')).toEqual({ event: 'said', data: ['hello'] });
    // Nest keeps the request of the newest socket, also when it is closed: let that be one of nobody.
    const nobody = await greeted(new Browser(browser.url));
    for (const { socket, closed } of [client, nobody]) {
      socket.close();
      await closed;
    }
  }

  async #listen(): Promise<void> {
    const browser = this.#browser(1);
    await browser.post('/login', { id: 'listener' });
    const listener = await listen(browser);
    this.bodies.push(JSON.stringify(await listener.until('snapshot')));
    await browser.post('/logout');
    this.bodies.push(JSON.stringify(await listener.next()));
    listener.stop();
  }

  async #failover(loseLastNode: () => Promise<void>): Promise<void> {
    const browser = this.#browser(this.urls.length - 1);
    await browser.post('/login', { id: 'survivor' });
    await browser.post('/cart/sofa');
    await loseLastNode();
    browser.url = this.#urlAt(0);
    expect(await browser.json('/cart')).toMatchObject({ items: ['sofa'] });
    await browser.post('/login', { id: 'survivor' });
    expect((await browser.fetch('/me')).status).toBe(200);
  }
}
