import { randomBytes } from 'node:crypto';
import { DataSealer, type KeyringKey, type Sealer } from '../../codec/seal.js';
import { OptionError } from '../../errors.js';
import { clusterNameOption } from '../options.js';
import { keyringOptions } from './keyring-options.js';

export interface SealerOptions {
  /** Newest first: the first seals, all open. A new one belongs last on all nodes, then first. */
  readonly keyring: readonly KeyringKey[];
  /** The cluster's name. Default `default`. */
  readonly cluster?: string | undefined;
  /** What is sealed, such as `tier`: nothing opens that was sealed for another purpose. */
  readonly purpose: string;
}

/** Seals what nodes keep outside the cluster; throws {@link OptionError} for options out of range. */
export function createSealer(options: SealerOptions): Sealer {
  const name = clusterNameOption('cluster', options.cluster);
  const { keyring } = keyringOptions('', name, options.keyring, undefined);
  if (!keyring) throw new OptionError('keyring', options.keyring, 'a list of 1 to 8 keys');
  const { purpose } = options;
  if (typeof purpose !== 'string' || purpose === '') {
    throw new OptionError('purpose', purpose, 'text that is not empty');
  }
  return new DataSealer(keyring, purpose, randomBytes(16));
}
