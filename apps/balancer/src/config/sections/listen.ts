import { section } from '../field.js';
import { number, text } from '../fields.js';

export const PORT = { from: 0, to: 65_535 };
export const HOST = /^[A-Za-z0-9.:%_-]{1,253}$/;

/** Where clients connect; port 0 takes any free one. */
export const LISTEN = section({
  host: text(
    { fallback: '127.0.0.1', alias: 'HOST', restart: true },
    'an address or a name of this machine',
    HOST,
  ),
  port: number({ fallback: 8080, alias: 'PORT', restart: true }, PORT),
});
