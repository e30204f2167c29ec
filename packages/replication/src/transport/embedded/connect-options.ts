/** What a client says of itself with CONNECT, as far as the bus looks at it. */
export interface ConnectOptions {
  readonly verbose?: boolean | null;
  readonly pedantic?: boolean | null;
  readonly echo?: boolean | null;
  readonly headers?: boolean | null;
  readonly no_responders?: boolean | null;
  readonly auth_token?: string | null;
  readonly user?: string | null;
  readonly pass?: string | null;
}

const TYPES: Readonly<Record<keyof ConnectOptions, 'boolean' | 'string'>> = {
  verbose: 'boolean',
  pedantic: 'boolean',
  echo: 'boolean',
  headers: 'boolean',
  no_responders: 'boolean',
  auth_token: 'string',
  user: 'string',
  pass: 'string',
};

/**
 * @param json one character for each byte
 * @returns undefined when it is no JSON object or an option has the wrong type
 */
export function parseConnectOptions(json: string): ConnectOptions | undefined {
  const value = parseJson(Buffer.from(json, 'latin1').toString());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fits = Object.entries(TYPES).every(([name, type]) => {
    const option = (value as Readonly<Record<string, unknown>>)[name];
    return option === undefined || option === null || typeof option === type;
  });
  return fits ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
