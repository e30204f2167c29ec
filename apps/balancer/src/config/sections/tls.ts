import { SERVER_NAME, type TlsVersion } from '../../edge/certificates.js';
import { type Field, faultOf, type Located, type Report, section } from '../field.js';
import { choice, fieldOf, filePath, flag } from '../fields.js';
import { completeOf } from '../lists.js';
import { readKeys } from '../read-keys.js';

const MAX_CERTIFICATES = 256;
const MAX_NAMES = 100;

export interface NamedFiles {
  readonly names: readonly string[];
  readonly certFile: string;
  readonly keyFile: string;
}

const NAMED = {
  names: fieldOf<readonly string[] | undefined>(
    { fallback: undefined },
    `1 to ${MAX_NAMES} names such as shop.example or *.shop.example`,
    (value) => {
      const items = typeof value === 'string' ? value.split(',') : value;
      if (!Array.isArray(items) || items.length === 0 || items.length > MAX_NAMES) return undefined;
      return completeOf(
        items.map((item: string | Located) => {
          const name = typeof item === 'string' ? item.trim() : item.value;
          return typeof name === 'string' && SERVER_NAME.test(name) ? name : undefined;
        }),
      );
    },
  ),
  certFile: filePath(),
  keyFile: filePath(),
};

const SNI: Field<readonly NamedFiles[]> = {
  ...{ kind: 'field', fallback: [] },
  read(from, path, report) {
    if (!Array.isArray(from.value) || from.value.length > MAX_CERTIFICATES) {
      const expected = `a list of at most ${MAX_CERTIFICATES} with names, certFile and keyFile`;
      report(faultOf(from, path, `${expected}, in the file`));
      return undefined;
    }
    return completeOf(
      from.value.map((item: Located, index) => readNamed(item, `${path}[${index}]`, report)),
    );
  },
};

function readNamed(item: Located, path: string, report: Report): NamedFiles | undefined {
  let isSound = true;
  const note: Report = (fault) => {
    isSound = false;
    report(fault);
  };
  const { names, certFile, keyFile } = readKeys(NAMED, item, path, note);
  if (!isSound) return undefined;
  for (const [key, value] of Object.entries({ names, certFile, keyFile })) {
    const expected = 'a value';
    if (value === undefined) {
      note({ where: item.where, path: `${path}.${key}`, shown: 'undefined', expected });
    }
  }
  if (names === undefined || certFile === undefined || keyFile === undefined) return undefined;
  return { names, certFile, keyFile };
}

/** With `certFile` clients connect by TLS. Certificates and keys are in PEM. */
export const TLS = section({
  certFile: filePath(),
  keyFile: filePath(),
  /** Certificates for further names. */
  sni: SNI,
  minVersion: choice<TlsVersion>({ fallback: 'TLSv1.2' }, ['TLSv1.2', 'TLSv1.3']),
  /** Sessions are resumed by ids, which affinity can go by, not by tickets. */
  sessionIds: flag({ fallback: false, restart: true }),
});
