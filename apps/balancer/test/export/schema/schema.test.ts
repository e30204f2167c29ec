import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { envoyFaults } from './envoy.js';
import { kubernetesFaults } from './kubernetes.js';
import { isObject } from './shape.js';

type Path = readonly (string | number)[];

/** Every key of every object in a document, but for those that are names of somebody's own. */
function keysOf(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((each, at) => keysOf(each, [...path, at]));
  if (!isObject(value)) return [];
  const isOwn = ['labels', 'matchLabels', 'filter_metadata'].includes(String(path.at(-1)));
  const isSelector = path.at(-1) === 'selector' && !('matchLabels' in value);
  if (isOwn || isSelector) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    [...path, key],
    ...keysOf(each, [...path, key]),
  ]);
}

function withRenamed(document: unknown, path: Path): unknown {
  const copy = structuredClone(document);
  let parent = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) parent = parent[step] as typeof parent;
  const key = path.at(-1) as string;
  parent[`${key}x`] = parent[key];
  delete parent[key];
  return copy;
}

test.each([
  ['envoy.yaml', envoyFaults],
  ['methods/envoy/suffix-then-hash.txt', envoyFaults],
  ['methods/envoy/cookie.txt', envoyFaults],
  ['k8s.yaml', kubernetesFaults],
  ['methods/k8s/client-ip.txt', kubernetesFaults],
])('in %s a field by another name is found, wherever it stands', (file, faultsOf) => {
  const text = readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8');
  const document: unknown = parse(text);
  expect(faultsOf(document)).toEqual([]);
  const paths = keysOf(document);
  expect(paths.length).toBeGreaterThan(50);
  for (const path of paths) {
    expect(faultsOf(withRenamed(document, path)), path.join('.')).not.toEqual([]);
  }
});

test('what names something that is not there is found', () => {
  const text = readFileSync(new URL('../golden/envoy.yaml', import.meta.url), 'utf8');
  const astray = text.replace('"cluster": "understudy"', '"cluster": "elsewhere"');
  expect(envoyFaults(parse(astray))).toEqual(['cluster elsewhere is named and not there']);
  const objects = readFileSync(new URL('../golden/k8s.yaml', import.meta.url), 'utf8');
  const lost = objects.replace('"serviceName": "understudy"', '"serviceName": "elsewhere"');
  expect(kubernetesFaults(parse(lost))).toEqual(['Service elsewhere is named and not there']);
});

test('patterns that RE2 does not take are found', () => {
  const text = readFileSync(new URL('../golden/envoy.yaml', import.meta.url), 'utf8');
  expect(envoyFaults(parse(text.replace('(?:__Host-)', '(?=__Host-)')))).not.toEqual([]);
});
