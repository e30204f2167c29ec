import { type CookieJar, nodeTransport } from '@understudy/client/node';
import { attribute, type Form, findForms, textOf } from './forms.js';

/** A page somebody is looking at. */
export class ShownPage {
  constructor(
    readonly url: URL,
    readonly status: number,
    readonly headers: Headers,
    readonly markup: string,
  ) {}

  get path(): string {
    return this.url.pathname + this.url.search;
  }

  get title(): string {
    return textOf(/<title>([\s\S]*?)<\/title>/.exec(this.markup)?.[1] ?? '');
  }

  get headings(): string[] {
    return [...this.markup.matchAll(/<h1\b[^>]*>([\s\S]*?)<\/h1>/g)].map(([, h1 = '']) =>
      textOf(h1),
    );
  }

  /** Everything inside `main`. */
  get text(): string {
    return textOf(/<main\b[^>]*>([\s\S]*?)<\/main>/.exec(this.markup)?.[1] ?? '');
  }

  get dock(): string {
    return textOf(/<aside class="dock"[^>]*>([\s\S]*?)<\/aside>/.exec(this.markup)?.[1] ?? '');
  }

  /** Where a link with this text leads. */
  link(text: string): string {
    for (const [, tag = '', label = ''] of this.markup.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/g)) {
      if (textOf(label).startsWith(text)) return attribute(tag, 'href') ?? '';
    }
    throw new Error(`no link "${text}" on ${this.path}`);
  }

  /** The form with this button. */
  form(button: string): Form {
    const form = findForms(this.markup).find(({ buttons }) =>
      buttons.some(({ text }) => text.startsWith(button)),
    );
    if (form === undefined) throw new Error(`no button "${button}" on ${this.path}: ${this.text}`);
    return form;
  }

  /** What a text field shows. */
  value(name: string): string | undefined {
    for (const form of findForms(this.markup)) if (form.names.has(name)) return form.fields[name];
    throw new Error(`no field "${name}" on ${this.path}`);
  }
}

/** A browser without JavaScript: follows links, fills in forms, follows redirects, keeps cookies. */
export class Browser {
  readonly #transport;

  constructor(
    readonly url: string,
    readonly jar?: CookieJar,
  ) {
    this.#transport = nodeTransport(jar === undefined ? {} : { jar });
  }

  get cookies(): CookieJar {
    return this.#transport.jar;
  }

  /** The same person at another node. */
  at(url: string): Browser {
    return new Browser(url, this.#transport.jar);
  }

  visit(path: string): Promise<ShownPage> {
    return this.#go(new URL(path, this.url), 'GET');
  }

  follow(page: ShownPage, link: string): Promise<ShownPage> {
    return this.visit(page.link(link));
  }

  /** Fills in the form with this button and presses it. */
  async press(
    page: ShownPage,
    button: string,
    values: Readonly<Record<string, string>> = {},
  ): Promise<ShownPage> {
    const form = page.form(button);
    const unknown = Object.keys(values).filter((name) => !form.names.has(name));
    if (unknown.length > 0) throw new Error(`no field ${unknown} on ${page.path}`);
    const pressed = form.buttons.find(({ text }) => text.startsWith(button));
    const fields = {
      ...form.fields,
      ...values,
      ...(pressed?.name !== undefined && { [pressed.name]: pressed.value }),
    };
    return this.send(form.action, fields);
  }

  /** Sends any form, also one that no page offers. */
  send(action: string, fields: Readonly<Record<string, string>>): Promise<ShownPage> {
    return this.#go(new URL(action, this.url), 'POST', new URLSearchParams(fields).toString());
  }

  async #go(url: URL, method: string, body?: string): Promise<ShownPage> {
    const headers = {
      Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
      'Sec-Fetch-Site': 'same-origin',
      ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    };
    const init = { method, headers, ...(body !== undefined && { body }) };
    const visited: URL[] = [];
    const transport = nodeTransport({
      jar: this.#transport.jar,
      fetch: (target, options) => {
        visited.push(new URL(target));
        return fetch(target, options);
      },
    });
    const response = await transport.fetch(url.href, init);
    return new ShownPage(
      visited.at(-1) ?? url,
      response.status,
      response.headers,
      await response.text(),
    );
  }
}
