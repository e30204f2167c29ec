import { type Html, html } from '../html/html.js';
import { nodeBadge } from './node-badge.js';
import type { DockFacts } from './page-context.js';

/** The strip at the foot of every page: who served it and where the session's copies are. */
export function dock(facts: DockFacts): Html {
  return html`<aside class="dock" aria-label="Where your session lives" data-dock>
    <p><span class="dock-key">Served by</span> <span data-dock-node>${nodeBadge(facts.node)}</span></p>
    ${session(facts)}
    <p class="dock-tail"><span class="dock-key">Process</span> <span class="num">${facts.pid}</span></p>
  </aside>`;
}

function session({ owner, backups, revision }: DockFacts): Html {
  if (owner === undefined) {
    return html`<p><span class="dock-key">Session</span> none yet, it begins with your first choice</p>`;
  }
  return html`<p><span class="dock-key">Session on</span> ${nodeBadge(owner)}</p>
    <p><span class="dock-key">Copy on</span> <span data-dock-backups>${copies(backups)}</span></p>
    <p><span class="dock-key">Revision</span>
      <span class="num" data-dock-revision>${revision ?? 'new'}</span></p>`;
}

function copies(backups: readonly string[]): Html {
  if (backups.length === 0) return html`<span class="none">no other node</span>`;
  return html`${backups.map((label) => [nodeBadge(label), ' '])}`;
}
