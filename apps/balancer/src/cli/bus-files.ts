import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Fault } from '../config/field.js';
import type { Config } from '../config/schema.js';
import { readNamedFile } from './read-named-file.js';

const KEYS = ['caFile', 'certFile', 'keyFile'] as const;

export interface BusFiles {
  /** The section with where its files lie. */
  readonly bus: Config['bus'];
  readonly faults: readonly Fault[];
}

/**
 * Looks at the files of `bus` once, so that `check` and a start tell what is wrong with them. They are
 * read again at each attempt to connect: certificates are renewed.
 *
 * @param pathOf Where a file lies, from the key that names it and what it says.
 */
export async function findBusFiles(
  bus: Config['bus'],
  pathOf: (key: string, path: string) => string,
): Promise<BusFiles> {
  const faults: Fault[] = [];
  const found: { -readonly [key in (typeof KEYS)[number]]?: string } = {};
  const held: { [key in (typeof KEYS)[number]]?: string | undefined } = {};
  for (const key of KEYS) {
    const given = bus[key];
    if (given === undefined) continue;
    const path = pathOf(key, given);
    found[key] = path;
    held[key] = await readNamedFile(`bus.${key}`, path, (fault) => faults.push(fault));
  }
  if (faults.length > 0) return { bus: { ...bus, ...found }, faults };
  const { caFile: ca, certFile: cert, keyFile: key } = held;
  if (ca !== undefined && !isUsable(() => new X509Certificate(ca))) {
    faults.push(unusable('caFile', found.caFile, 'certificates in PEM'));
  }
  if (cert !== undefined && !isUsable(() => createSecureContext({ cert, key }))) {
    faults.push(
      unusable('certFile', found.certFile, 'a certificate in PEM, and its key in keyFile'),
    );
  }
  return { bus: { ...bus, ...found }, faults };
}

function unusable(key: string, path: string | undefined, expected: string): Fault {
  return { where: '', path: `bus.${key}`, shown: JSON.stringify(path), expected };
}

function isUsable(use: () => unknown): boolean {
  try {
    use();
    return true;
  } catch {
    return false;
  }
}
