import type { Fault } from '../config/field.js';
import type { Config } from '../config/schema.js';
import { CertificateTable, type TlsOptions } from '../edge/certificates.js';
import { OptionError } from '../errors.js';
import { readNamedFile } from './read-named-file.js';

export interface LoadedCertificates {
  /** Undefined: the port is one for http, or there are faults. */
  readonly tls: TlsOptions | undefined;
  readonly faults: readonly Fault[];
}

/** `pathOf` tells where a file lies, from the key that names it and what it says. */
export async function loadCertificates(
  { certFile, keyFile, sni, minVersion, sessionIds }: Config['tls'],
  pathOf: (key: string, path: string) => string,
): Promise<LoadedCertificates> {
  if (certFile === undefined || keyFile === undefined) return { tls: undefined, faults: [] };
  const faults: Fault[] = [];
  const read = async (key: string, path: string): Promise<string> =>
    (await readNamedFile(`tls.${key}`, pathOf(key, path), (fault) => faults.push(fault))) ?? '';
  const named = sni.map(async ({ names, ...files }, index) => ({
    names,
    cert: await read(`sni[${index}].certFile`, files.certFile),
    key: await read(`sni[${index}].keyFile`, files.keyFile),
  }));
  const tls = {
    ...{ minVersion, sessionIds },
    cert: await read('certFile', certFile),
    key: await read('keyFile', keyFile),
    sni: await Promise.all(named),
  };
  if (faults.length === 0) faults.push(...faultsOf(tls));
  return { tls: faults.length === 0 ? tls : undefined, faults };
}

/** Found here and not when they are put to use, so that `check` finds it, too. */
function faultsOf(tls: TlsOptions): Fault[] {
  try {
    new CertificateTable(tls);
    return [];
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const { option, value, expected } = error;
    return [{ where: '', path: option, shown: String(value), expected }];
  }
}
