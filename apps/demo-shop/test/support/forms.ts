/** A form as a browser without JavaScript understands it. */
export interface Form {
  readonly method: string;
  readonly action: string;
  /** What would be sent if nobody touched the form; buttons are not among it. */
  readonly fields: Readonly<Record<string, string>>;
  readonly buttons: readonly Button[];
  /** Names of all controls, for spelling mistakes in tests. */
  readonly names: ReadonlySet<string>;
}

export interface Button {
  readonly text: string;
  readonly name: string | undefined;
  readonly value: string;
}

/** The forms of a page. Reads what our own templates write, not the HTML of the world. */
export function findForms(markup: string): Form[] {
  return [...markup.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(
    ([, tag = '', content = '']) => {
      const controls = [...inputs(content), ...selects(content)];
      return {
        method: (attribute(tag, 'method') ?? 'get').toUpperCase(),
        action: attribute(tag, 'action') ?? '',
        fields: Object.fromEntries(
          controls.filter(({ sent }) => sent).map(({ name, value }) => [name, value]),
        ),
        buttons: buttons(content),
        names: new Set(controls.map(({ name }) => name)),
      };
    },
  );
}

/** Value of an attribute, unescaped. */
export function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

/** The text of markup: tags dropped, space folded. */
export function textOf(markup: string): string {
  return unescapeHtml(markup.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

interface Control {
  readonly name: string;
  readonly value: string;
  readonly sent: boolean;
}

function inputs(content: string): Control[] {
  return [...content.matchAll(/<input\b([^>]*)>/g)].flatMap(([, tag = '']) => {
    const name = attribute(tag, 'name');
    if (name === undefined) return [];
    const sent = attribute(tag, 'type') !== 'radio' || /\schecked\b/.test(tag);
    return [{ name, value: attribute(tag, 'value') ?? '', sent }];
  });
}

function selects(content: string): Control[] {
  return [...content.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/g)].flatMap(
    ([, tag = '', list = '']) => {
      const name = attribute(tag, 'name');
      if (name === undefined) return [];
      const options = [...list.matchAll(/<option\b([^>]*)>/g)].map(([, option = '']) => option);
      const chosen = options.find((option) => /\sselected\b/.test(option)) ?? options[0] ?? '';
      return [{ name, value: attribute(chosen, 'value') ?? '', sent: true }];
    },
  );
}

function buttons(content: string): Button[] {
  return [...content.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)].map(
    ([, tag = '', label = '']) => ({
      text: textOf(label),
      name: attribute(tag, 'name'),
      value: attribute(tag, 'value') ?? '',
    }),
  );
}

function unescapeHtml(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_entity, name: string) => entities[name] ?? '');
}
