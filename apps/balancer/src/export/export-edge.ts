import { OptionError } from '../errors.js';
import { checkEdgeFleet, type EdgeFleet, type EdgeOptions } from './edge-fleet.js';
import { renderEnvoy } from './envoy.js';
import { renderHaproxy } from './haproxy.js';
import { renderKubernetes } from './kubernetes.js';
import { renderNginx } from './nginx.js';

export type EdgeKind = 'haproxy' | 'nginx' | 'envoy' | 'k8s';

const RENDERERS: Readonly<Record<EdgeKind, (fleet: EdgeFleet) => string>> = {
  haproxy: renderHaproxy,
  nginx: renderNginx,
  envoy: renderEnvoy,
  k8s: renderKubernetes,
};

/**
 * A configuration for a proxy other than ours, which routes by the cookies of Understudy as well as
 * it can. The text says what it cannot.
 *
 * @throws OptionError when the kind is not known, or a node cannot be expressed.
 */
export function exportEdge(kind: string, options: EdgeOptions): string {
  if (!Object.hasOwn(RENDERERS, kind)) {
    throw new OptionError('kind', kind, `one of ${Object.keys(RENDERERS).join(', ')}`);
  }
  return RENDERERS[kind as EdgeKind](checkEdgeFleet(options));
}
