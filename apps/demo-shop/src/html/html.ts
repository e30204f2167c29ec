/** Markup that is safe to send: made by `html`, so every value in it was escaped. */
export class Html {
  constructor(readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

/** What a template may hold. Anything else is a type error rather than `[object Object]`. */
export type HtmlValue = Html | string | number | false | null | undefined | readonly HtmlValue[];

/**
 * Template tag for markup. Values are escaped for text and for quoted attributes alike, nested
 * `Html` is taken as it is, lists are joined, and `false`, `null` and `undefined` vanish, so that
 * `${condition && html`…`}` works. Attributes must be quoted in the template.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = strings[0] ?? '';
  for (const [index, value] of values.entries()) {
    markup += toMarkup(value) + (strings[index + 1] ?? '');
  }
  return new Html(markup);
}

/** Takes markup written by hand in this repository; never call it with anything from a request. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Escapes the five characters that have a meaning in HTML text or quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function toMarkup(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(toMarkup).join('');
}
