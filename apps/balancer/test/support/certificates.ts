import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../../../test/find-program.mjs';
import { closeAfterTest } from './bench.js';

/** Null when it is not installed. */
export const OPENSSL = findProgram('openssl');

export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate for these names that vouches for itself, for a day; removed after the test. */
export function makeCertificate(...names: readonly string[]): TestCertificate {
  if (OPENSSL === null) throw new Error('openssl is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'balancer-tls-'));
  closeAfterTest({ close: async () => rmSync(folder, { recursive: true }) });
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const alternatives = names.map((name) => `DNS:${name}`).join(',');
  execFileSync(
    OPENSSL,
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', keyFile, '-out', certFile, '-days', '1', '-subj', `/CN=${names[0]}`],
      ...['-addext', `subjectAltName=${alternatives}`],
    ],
    { stdio: 'ignore' },
  );
  return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
}
