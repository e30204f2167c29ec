import { type Html, html } from '../html/html.js';

const GLYPHS = ['▲', '●', '■', '◆', '★', '⬢', '✚', '⬟'] as const;

/** Which of the eight identities a node has: by the number in its name, else by its letters. */
export function nodeIdentity(label: string): number {
  const digits = /\d+/.exec(label)?.[0];
  if (digits !== undefined) return (Number(digits.slice(-6)) + GLYPHS.length - 1) % GLYPHS.length;
  let sum = 0;
  for (const character of label) sum += character.codePointAt(0) ?? 0;
  return sum % GLYPHS.length;
}

/** Name, glyph and colour of a node. The name alone carries the meaning; the rest is for eyes. */
export function nodeBadge(label: string): Html {
  const identity = nodeIdentity(label);
  return html`<span class="node node-${identity}"><span aria-hidden="true" class="glyph">${
    GLYPHS[identity]
  }</span>${label}</span>`;
}
