import { describe, expect, it } from 'vitest';
import { Html, type HtmlValue, html, trusted } from './html.js';

describe('the html tag', () => {
  const cases: [string, HtmlValue, string][] = [
    [
      'escapes text',
      `<script>"a" & 'b'</script>`,
      '&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;',
    ],
    ['takes numbers as they are', 12.5, '12.5'],
    ['shows zero', 0, '0'],
    ['drops false', false, ''],
    ['drops null', null, ''],
    ['drops undefined', undefined, ''],
    ['keeps nested markup', html`<b>${'<'}</b>`, '<b>&lt;</b>'],
    ['joins lists and escapes what is in them', ['<', html`<i></i>`, ['>']], '&lt;<i></i>&gt;'],
    ['takes trusted markup', trusted('<svg></svg>'), '<svg></svg>'],
  ];
  it.each(cases)('%s', (_name, value, markup) => {
    expect(html`${value}`.markup).toBe(markup);
  });

  it('cannot be left by a quoted attribute', () => {
    const page = html`<a title="${'" onclick="alert(1)'}">x</a>`;
    expect(page.markup).toBe('<a title="&quot; onclick=&quot;alert(1)">x</a>');
  });

  it('does not take an object that only looks like markup', () => {
    const forged = { markup: '<script>' };
    expect(forged instanceof Html).toBe(false);
  });
});
