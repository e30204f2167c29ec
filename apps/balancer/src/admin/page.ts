import { createHash } from 'node:crypto';
import type { Failover } from '../directory/node-directory.js';
import type { ClusterView, NodeView } from './cluster-view.js';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
.active { color: #17803d } .draining, .joining, .leaving { color: #9a5b00 }
.suspect, .dead { color: #b3261e }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #e6e6e6 } .active { color: #6fd08c }
  .draining, .joining, .leaving { color: #e8b15c } .suspect, .dead { color: #ff8a80 }
}`;

const SCRIPT = `
let token = sessionStorage.getItem('token');
const ask = (path, options) => {
  const headers = { ...options?.headers, ...(token && { Authorization: 'Bearer ' + token }) };
  return fetch(path, { ...options, headers }).catch(() => undefined);
};
const refresh = async () => {
  const form = document.querySelector('form');
  if (form && !token) return;
  const response = await ask('/');
  if (response?.status === 401) {
    token = null;
    sessionStorage.removeItem('token');
    if (form) form.querySelector('output').textContent = 'It was not accepted.';
  }
  if (!response?.ok && (form || response?.status !== 401)) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (document.querySelector('button:focus') && !form) return;
  document.querySelector('main').replaceWith(page.querySelector('main'));
};
document.addEventListener('submit', (event) => {
  event.preventDefault();
  token = event.target.elements.token.value.trim();
  sessionStorage.setItem('token', token);
  refresh();
});
document.addEventListener('click', async ({ target }) => {
  if (!target.dataset?.post) return;
  target.disabled = true;
  await ask(target.dataset.post, { method: 'POST', headers: { 'X-Requested-With': 'fetch' } });
  target.blur();
  refresh();
});
document.documentElement.classList.add('scripted');
setInterval(refresh, 1000);
if (document.querySelector('form')) refresh();`;

/** Only what this page brings along may run or style it, and it may talk to nobody but us. */
export const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  `script-src '${hashSource(SCRIPT)}'`,
  `style-src '${hashSource(STYLE)}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The cluster as a page that reads without script and keeps itself fresh with and without it. */
export function renderPage(view: ClusterView): string {
  return whole(
    `<h1>Understudy cluster</h1>
<h2>Nodes</h2>
${nodeTable(view.nodes)}
${balanceLine(view.imbalance)}
${workerPart(view.workers)}<h2>Failovers</h2>
${failoverTable(view.failovers)}`,
    '<noscript><meta http-equiv="refresh" content="2"></noscript>',
  );
}

/** Asks for the token and becomes the other page with it. Scripts alone can send one. */
export function renderTokenPage(): string {
  return whole(
    `<h1>Understudy cluster</h1>
<noscript><p>This page needs scripts to send the token of the admin port.</p></noscript>
<form>
<p><label>Token of the admin port
<input name="token" type="password" autocomplete="current-password" required autofocus></label>
<button>Show</button> <output role="status"></output>
</form>`,
  );
}

function whole(main: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Understudy cluster</title>
${head}
<style>${STYLE}</style>
<main>
${main}
</main>
<script>${SCRIPT}</script>
</html>
`;
}

function nodeTable(nodes: readonly NodeView[]): string {
  if (nodes.length === 0) return '<p>No node has announced itself yet.</p>';
  return `<table>
<thead><tr><th>Node<th>State<th>Process<th>Address
<th class="number">Sessions owned<th class="number">Copies held<th>Circuit<th></tr></thead>
<tbody>
${nodes.map(nodeRow).join('\n')}
</tbody></table>`;
}

function nodeRow(node: NodeView): string {
  const action = node.state === 'draining' ? 'undrain' : 'drain';
  const path = `/api/nodes/${encodeURIComponent(node.id)}/${action}`;
  return `<tr><td>${escapeHtml(node.label)}
<td class="${node.state}">${node.state}<td>${node.pid ?? ''}<td>${escapeHtml(node.url ?? '')}
<td class="number">${node.sessionsOwned}<td class="number">${node.sessionsHeld}<td>${node.circuit}
<td><button data-post="${escapeHtml(path)}">${action}</button></tr>`;
}

function balanceLine({ sessions, requests }: ClusterView['imbalance']): string {
  const times = (of: string, value: number | null): string =>
    value === null ? `no ${of} yet` : `${of} ${value.toFixed(2)} &times; its share`;
  return `<p>The fullest node has: ${times('sessions', sessions)}, ${times('requests', requests)}.</p>`;
}

/** Nothing where one process does everything. */
function workerPart(workers: ClusterView['workers']): string {
  if (workers === undefined) return '';
  return `<h2>Workers</h2>
<table>
<thead><tr><th>Process<th>State<th class="number">View of the nodes</tr></thead>
<tbody>
${workers.map(({ pid, state, view }) => `<tr><td>${pid}<td>${state}<td class="number">${view ?? ''}</tr>`).join('\n')}
</tbody></table>
`;
}

function failoverTable(failovers: readonly Failover[]): string {
  if (failovers.length === 0) return '<p>None so far.</p>';
  return `<table>
<thead><tr><th>When<th>From<th>To<th class="number">Sessions<th class="number">Took</tr></thead>
<tbody>
${[...failovers].reverse().map(failoverRow).join('\n')}
</tbody></table>`;
}

function failoverRow({ at, from, to, sessions, tookMs }: Failover): string {
  const when = Number.isFinite(at) ? new Date(at).toISOString() : '';
  return `<tr><td>${when}<td>${escapeHtml(from)}<td>${escapeHtml(to)}
<td class="number">${sessions}<td class="number">${Math.round(tookMs)} ms</tr>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function hashSource(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
