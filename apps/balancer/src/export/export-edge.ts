import { OptionError } from '../errors.js';
import { checkEdgeFleet, type EdgeFleet, type EdgeOptions } from './edge-fleet.js';
import { renderEnvoy } from './envoy.js';
import { renderHaproxy } from './haproxy.js';
import { renderKubernetes } from './kubernetes.js';
import { renderNginx } from './nginx.js';
import { type EdgeKind, notesFor } from './verdicts.js';

export type { EdgeKind };

const RENDERERS: Readonly<Record<EdgeKind, (fleet: EdgeFleet) => string>> = {
  haproxy: renderHaproxy,
  nginx: renderNginx,
  envoy: renderEnvoy,
  k8s: renderKubernetes,
};

/**
 * A configuration for a proxy other than ours, which routes as the balancer would with the same
 * affinity and assignment. Where it can do so only nearly, the text says it at the top.
 *
 * @throws ExportError when the proxy cannot do it at all; OptionError or ConfigError when the kind
 * is not known, or an option cannot be expressed.
 */
export function exportEdge(kind: string, options: EdgeOptions): string {
  if (!Object.hasOwn(RENDERERS, kind)) {
    throw new OptionError('kind', kind, `one of ${Object.keys(RENDERERS).join(', ')}`);
  }
  const fleet = checkEdgeFleet(options);
  const notes = notesFor(kind as EdgeKind, fleet);
  for (const note of notes) options.onNote?.(note);
  return `${comment(notes)}${RENDERERS[kind as EdgeKind](fleet)}`;
}

function comment(notes: readonly string[]): string {
  if (notes.length === 0) return '';
  return `# Other than with the balancer:\n${notes.map((note) => `# - ${note}\n`).join('')}#\n`;
}
