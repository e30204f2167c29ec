import { Keyring, type KeyringKey } from '../../codec/seal.js';
import { LIMITS } from '../../core/limits.js';
import { OptionError } from '../../errors.js';

/** Text of this length, or as many bytes: less could be guessed from a recorded frame. */
const MIN_SECRET = 32;
const KEY_ID = /^[A-Za-z0-9_.-]{1,32}$/;

/** Checks a keyring and makes it usable; an error never shows a secret. */
export function keyringOptions(
  /** Before the names of the options in errors: `cluster.` or nothing. */
  prefix: string,
  clusterName: string,
  keys: readonly KeyringKey[] | undefined,
  acceptPlain: boolean | undefined,
): { readonly keyring: Keyring | undefined; readonly acceptPlain: boolean } {
  if (acceptPlain !== undefined && typeof acceptPlain !== 'boolean') {
    throw new OptionError(`${prefix}acceptPlain`, acceptPlain, 'true or false');
  }
  const option = `${prefix}keyring`;
  if (keys === undefined) {
    if (!acceptPlain) return { keyring: undefined, acceptPlain: false };
    throw new OptionError(`${prefix}acceptPlain`, true, `false without ${option}`);
  }
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > LIMITS.keys) {
    throw new OptionError(option, keys, `a list of 1 to ${LIMITS.keys} keys, newest first`);
  }
  keys.forEach((key, index) => {
    checkKey(`${option}[${index}]`, key);
    if (keys.findIndex((other) => other.id === key.id) !== index) {
      throw new OptionError(`${option}[${index}].id`, key.id, 'an id that no other key has');
    }
  });
  return { keyring: new Keyring(clusterName, keys), acceptPlain: acceptPlain ?? false };
}

function checkKey(option: string, key: KeyringKey): void {
  if (typeof key !== 'object' || key === null) {
    throw new OptionError(option, key, '{ id, secret }');
  }
  const { id, secret } = key;
  if (typeof id !== 'string' || !KEY_ID.test(id)) {
    throw new OptionError(`${option}.id`, id, `text matching ${KEY_ID.source}`);
  }
  const isSecret = typeof secret === 'string' || secret instanceof Uint8Array;
  if (isSecret && secret.length >= MIN_SECRET) return;
  const shown = isSecret ? `${secret.length} long` : secret;
  throw new OptionError(
    `${option}.secret`,
    shown,
    `at least ${MIN_SECRET} bytes, or text of at least ${MIN_SECRET} characters`,
  );
}
