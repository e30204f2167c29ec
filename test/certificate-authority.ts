import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether openssl is installed; tests that need it are skipped where it is not. */
export const hasOpenssl = isInstalled();

function isInstalled(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority {
  readonly caFile: string;
  /** A certificate of 127.0.0.1 and localhost, good for a day, or of which the day is over. */
  issue(name: string, options?: { readonly expired?: boolean }): Certificate;
  remove(): void;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate authority of its own, in a temporary directory. */
export function makeAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'understudy-tls-'));
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  const ca = ['-keyout', 'ca.key', '-out', 'ca.pem'];
  openssl('req', '-x509', ...KEY, ...ca, '-days', '1', '-subj', '/CN=ca');
  writeFileSync(path('names.txt'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  return {
    caFile: path('ca.pem'),
    issue(name, { expired = false } = {}) {
      const [request, certificate, key] = [`${name}.csr`, `${name}.pem`, `${name}.key`];
      openssl('req', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      const sign = ['-req', '-in', request, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
      const days = ['-days', expired ? '0' : '1'];
      openssl('x509', ...sign, '-out', certificate, ...days, '-extfile', 'names.txt');
      return { certFile: path(certificate), keyFile: path(key) };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
