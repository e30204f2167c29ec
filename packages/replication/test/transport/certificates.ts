import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../find-program.js';

export const OPENSSL = findProgram('openssl');

export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  remove(): void;
}

/** A certificate authority and a certificate of 127.0.0.1 and localhost by it, for a day. */
export function makeCertificates(): Certificates {
  if (OPENSSL === undefined) throw new Error('openssl is not installed');
  const directory = mkdtempSync(join(tmpdir(), 'understudy-tls-'));
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) =>
    execFileSync(OPENSSL as string, args, { cwd: directory, stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  writeFileSync(path('names.txt'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '1',
    '-subj',
    '/CN=ca',
  );
  openssl('req', ...key, '-keyout', 'bus.key', '-out', 'bus.csr', '-subj', '/CN=localhost');
  const sign = ['-req', '-in', 'bus.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl('x509', ...sign, '-out', 'bus.pem', '-days', '1', '-extfile', 'names.txt');
  return {
    caFile: path('ca.pem'),
    certFile: path('bus.pem'),
    keyFile: path('bus.key'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
