import type { StaticNode } from '../directory/static-directory.js';
import { affinityFaults } from './affinity-rules.js';
import { environmentName, type Fault, type Field, type Located, type Report } from './field.js';
import { parseYaml } from './parse-yaml.js';
import { readKeys, reportUnknown } from './read-keys.js';
import { type Config, SCHEMA } from './schema.js';
import { checkAdmin } from './sections/admin.js';
import { affinityFor } from './sections/affinity.js';
import { readNodes } from './sections/nodes.js';
import { isServiceLink } from './service-variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  /** The file, if one was named. */
  readonly file?: { readonly name: string; readonly text: string } | undefined;
  /** Wins over the file. An empty variable counts as absent, as does what Kubernetes says of a Service. */
  readonly environment: Environment;
}

export type ConfigResult =
  | { readonly config: Config; readonly faults: readonly [] }
  | { readonly config: undefined; readonly faults: readonly Fault[] };

/** Reads and checks the whole configuration; never throws, and tells every fault at once. */
export function readConfig({ file, environment }: ConfigSources): ConfigResult {
  const faults: Fault[] = [];
  const report: Report = (fault) => void faults.push(fault);
  const root = file && parseYaml(file.text, file.name, report);
  if (file !== undefined && root === undefined) return { config: undefined, faults };
  const written = mapOf(root, file?.name ?? '', report);
  reportUnknown(written, Object.keys(SCHEMA), '', report);
  const entries = Object.entries(SCHEMA).map(([key, part]) => {
    if (part.kind === 'field') {
      const field: Field<unknown> = part;
      return [key, fromEnvironment(field, [key], environment, report) ?? fromFile(field)];
    }
    const values = readKeys(part.fields, written?.get(key), key, report);
    const fields = Object.entries<Field<unknown>>(part.fields).map(([name, field]) => {
      const value = fromEnvironment(field, [key, name], environment, report);
      return [name, value ?? values[name as keyof typeof values]];
    });
    return [key, Object.fromEntries(fields)];

    function fromFile(field: Field<unknown>): unknown {
      const given = written?.get(key);
      return (given && field.read(given, key, report)) ?? field.fallback;
    }
  });
  const config = Object.fromEntries(entries) as Config;
  // What depends on a value that was refused already would be told as a second fault.
  if (faults.length === 0) checkTogether(config, report);
  if (faults.length > 0) return { config: undefined, faults };
  return { config, faults: [] };
}

/** Reads a file that holds nothing but a list of nodes. */
export function readNodesFile(
  text: string,
  name: string,
): { readonly nodes: readonly StaticNode[]; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const report: Report = (fault) => void faults.push(fault);
  const root = parseYaml(text, name, report);
  const nodes = root && readNodes(root, 'nodes', report);
  return { nodes: nodes ?? [], faults };
}

function mapOf(
  root: Located | undefined,
  name: string,
  report: Report,
): ReadonlyMap<string, Located> | undefined {
  if (root?.value === undefined) return undefined;
  if (root.value instanceof Map) return root.value as ReadonlyMap<string, Located>;
  report({ where: root.where, path: name, shown: 'no map', expected: 'keys and values' });
  return undefined;
}

function fromEnvironment(
  field: Field<unknown>,
  path: readonly string[],
  environment: Environment,
  report: Report,
): unknown {
  const [first, second] = [...new Set([environmentName(...path), field.alias ?? ''])].filter(
    (name) => environment[name] && !isServiceLink(name, environment[name]),
  );
  if (first === undefined) return undefined;
  if (second !== undefined && environment[first] !== environment[second]) {
    report({ where: second, path: second, shown: 'another', expected: `the same as ${first}` });
  }
  return field.read({ where: first, value: environment[first] }, first, report);
}

function checkTogether(config: Config, report: Report): void {
  const { admin, bus, nodes, nodesFile, affinity, assignment, cookie, tls } = config;
  checkAdmin(admin, report);
  if (bus.servers === undefined && nodes === undefined && nodesFile === undefined) {
    const expected =
      'the URL of the bus (UNDERSTUDY_BUS), unless there are nodes (BALANCER_NODES) or a nodesFile';
    report({ where: '', path: 'bus.servers', shown: 'undefined', expected });
  }
  if (bus.acceptPlain && bus.keyring === undefined) {
    const expected = 'false without a keyring (UNDERSTUDY_KEYRING)';
    report({ where: '', path: 'bus.acceptPlain', shown: 'true', expected });
  }
  const chosen = affinityFor(affinity, assignment);
  const secrets = cookieSecretsOf(config);
  for (const fault of affinityFaults({ affinity: chosen, cookie, cookieSecrets: secrets })) {
    report(fault);
  }
  if (chosen.some(({ by }) => by === 'tlsSession') && !tls.sessionIds) {
    // Sessions resumed by tickets have no id that the balancer could go by.
    const expected = 'only with tls.sessionIds: true, and a certificate in tls';
    report({ where: '', path: 'affinity', shown: 'tlsSession', expected });
  }
  checkPair('tls', tls, tls.sni.length > 0, report);
  checkPair('bus', bus, false, report);
}

interface CertificateFiles {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

function checkPair(section: string, files: CertificateFiles, isNeeded: boolean, report: Report) {
  const isAny = isNeeded || files.certFile !== undefined || files.keyFile !== undefined;
  for (const key of ['certFile', 'keyFile'] as const) {
    if (!isAny || files[key] !== undefined) continue;
    const expected = 'the path of a file; TLS takes both, a certificate and its key';
    report({ where: '', path: `${section}.${key}`, shown: 'undefined', expected });
  }
}

/** Every balancer of a cluster has its keyring, so that without secrets of its own that will do. */
export function cookieSecretsOf({ bus, cookie }: Config): readonly string[] {
  return cookie.secrets ?? bus.keyring?.map(({ secret }) => secret) ?? [];
}
