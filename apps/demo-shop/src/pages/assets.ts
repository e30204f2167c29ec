import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AssetAddresses } from './layout.js';

export interface Asset {
  readonly name: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** Path with the digest of the contents, so that it can be cached for ever. */
  readonly address: string;
}

// The folder lies beside `src` and `dist` alike.
const FOLDER = new URL('../../assets/', import.meta.url);

const CONTENT_TYPES = {
  'shop.css': 'text/css; charset=utf-8',
  'shop.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

type AssetName = keyof typeof CONTENT_TYPES;

/** The static files, read once at start: a closed list, so no path of a request reaches the disk. */
export class Assets {
  readonly #assets: ReadonlyMap<string, Asset>;

  constructor() {
    const names = Object.keys(CONTENT_TYPES) as AssetName[];
    this.#assets = new Map(names.map((name) => [name, readAsset(name)]));
  }

  find(name: string): Asset | undefined {
    return this.#assets.get(name);
  }

  get addresses(): AssetAddresses {
    const address = (name: AssetName) => this.#assets.get(name)?.address ?? '';
    return {
      styles: address('shop.css'),
      script: address('shop.js'),
      icon: address('icon.svg'),
    };
  }
}

function readAsset(name: AssetName): Asset {
  const body = readFileSync(new URL(name, FOLDER));
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  return {
    name,
    contentType: CONTENT_TYPES[name],
    body,
    address: `/assets/${name}?v=${digest}`,
  };
}
