import { type Html, html, trusted } from '../html/html.js';

/**
 * Line drawings on a 120 × 120 grid. `ink` draws with the text colour, `tone` fills with the
 * product's own tint, `glow` with the accent; all three come from the style sheet, so a drawing
 * follows the theme.
 */
const DRAWINGS: Readonly<Record<string, string>> = {
  'ghost-light': `
    <circle class="glow" cx="60" cy="34" r="26"/>
    <path class="ink" d="M60 52v46M44 98h32M38 106h44l-6-8H44z"/>
    <circle class="tone ink" cx="60" cy="34" r="14"/><path class="ink" d="M54 48h12v6H54zM56 36l4-5 4 5"/>`,
  'cue-light': `
    <rect class="ink" x="36" y="16" width="48" height="80" rx="6"/>
    <circle class="tone ink" cx="60" cy="38" r="13"/><circle class="glow ink" cx="60" cy="72" r="13"/>
    <path class="ink" d="M60 96c0 10 8 6 8 14M44 22h6M70 22h6M53 33a8 8 0 0 1 7-4"/>`,
  footlight: `
    <path class="glow" d="M60 84 16 22h88z"/>
    <path class="tone ink" d="M22 84a38 38 0 0 1 76 0z"/>
    <path class="ink" d="M60 84V46M60 84 36 54M60 84l24-30M60 84 25 70M60 84l35-14M16 84h88v10H16zM28 94v8M92 94v8"/>`,
  'prompt-book': `
    <path class="tone ink" d="M60 34C48 26 32 24 16 26v62c16-2 32 0 44 8z"/>
    <path class="ink" d="M60 34c12-8 28-10 44-8v62c-16-2-32 0-44 8zM70 44c8-4 16-6 26-6M70 56c8-4 16-6 26-6M70 68c6-3 10-4 16-5"/>
    <path class="glow ink" d="M82 24v26l6-6 6 6V24.5"/>`,
  'gel-swatches': `
    <rect class="ink" x="48" y="18" width="30" height="76" rx="4" transform="rotate(-34 63 94)"/>
    <rect class="glow ink" x="48" y="18" width="30" height="76" rx="4" transform="rotate(-12 63 94)"/>
    <rect class="tone ink" x="48" y="18" width="30" height="76" rx="4" transform="rotate(12 63 94)"/>
    <circle class="ink" cx="63" cy="86" r="3"/>`,
  'two-tickets': `
    <path class="glow ink" d="M30 24h66v14a8 8 0 0 0 0 16v14H30V54a8 8 0 0 0 0-16z" transform="rotate(10 63 46)"/>
    <path class="tone ink" d="M22 56h72v14a8 8 0 0 0 0 16v14H22V86a8 8 0 0 0 0-16z" transform="rotate(-6 58 78)"/>
    <path class="ink" d="M74 58v38" stroke-dasharray="3 5" transform="rotate(-6 58 78)"/>
    <path class="ink" d="M34 72h28M34 82h20" transform="rotate(-6 58 78)"/>`,
  'rehearsal-mask': `
    <path class="tone ink" d="M26 30c22-12 46-12 68 0 4 34-8 62-34 76C34 92 22 64 26 30z"/>
    <path class="ink" d="M38 54c6-7 14-7 18 0-6 4-12 4-18 0zM64 54c4-7 12-7 18 0-6 4-12 4-18 0zM60 58v16l-5 3M48 88c8 4 16 4 24 0"/>
    <path class="ink" d="M26 44C14 46 10 52 8 60M94 44c12 2 16 8 18 16"/>`,
  'opera-glasses': `
    <path class="ink" d="M32 40 26 24h22l-4 16M76 40l-4-16h22l-6 16M50 48h20v10H50z"/>
    <path class="tone ink" d="M28 40h20l6 50H16zM72 40h20l12 50H66z"/>
    <ellipse class="glow ink" cx="35" cy="90" rx="19" ry="8"/><ellipse class="glow ink" cx="85" cy="90" rx="19" ry="8"/>
    <path class="ink" d="M55 30h10v18H55z"/>`,
  greasepaint: `
    <path class="ink" d="M18 50h84L94 16H26z"/><path class="glow" d="M30 44h60l-5-22H35z"/>
    <rect class="ink" x="18" y="50" width="84" height="48" rx="4"/>
    <path class="tone ink" d="M28 60h8v28h-8zM56 60h8v28h-8zM84 60h8v28h-8z"/>
    <path class="ink" d="M42 66h8v22h-8zM70 66h8v22h-8z"/>`,
  stopwatch: `
    <path class="ink" d="M54 12h12v12H54zM86 32l8-8M90 20l8 8"/>
    <circle class="tone ink" cx="60" cy="66" r="40"/><circle class="ink" cx="60" cy="66" r="31"/>
    <path class="glow" d="M60 66V38a28 28 0 0 1 24 42z"/>
    <path class="ink" d="M60 66V40M60 66l20 12M60 36v4M60 92v4M30 66h4M86 66h4"/>`,
  'stage-door-key': `
    <circle class="tone ink" cx="36" cy="40" r="22"/><circle class="ink paper" cx="36" cy="40" r="10"/>
    <path class="ink" d="m52 56 46 46M86 90l10-10 8 8-10 10M72 76l8-8 7 7"/>
    <circle class="glow" cx="36" cy="40" r="5"/>`,
  'gaffer-tape': `
    <path class="tone ink" d="M14 60a42 30 0 0 1 84 0v22a42 30 0 0 1-84 0z"/>
    <ellipse class="ink" cx="56" cy="60" rx="42" ry="30"/><ellipse class="glow ink" cx="56" cy="60" rx="20" ry="13"/>
    <path class="ink" d="M98 82c2 12 6 20 14 24l-22 2c-6-2-10-6-12-10"/>`,
};

/** The drawing of a product, hidden from assistive technology: its name stands beside it. */
export function productArt(sku: string): Html {
  const drawing = Object.hasOwn(DRAWINGS, sku) ? DRAWINGS[sku] : undefined;
  return html`<svg class="art art-${sku}" viewBox="0 0 120 120" aria-hidden="true"
    focusable="false">${trusted(drawing ?? '')}</svg>`;
}
