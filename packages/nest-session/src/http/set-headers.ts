import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

export type HeaderList = OutgoingHttpHeaders | readonly unknown[];

/** Node takes headers as an object, a flat list, or a list of pairs. */
export function setHeaders(response: ServerResponse, headers: HeaderList | undefined): void {
  if (!headers) return;
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  const list = (Array.isArray(headers[0]) ? headers.flat(1) : headers) as string[];
  const given = new Set<string>();
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] as string;
    const value = list[index + 1] as string;
    if (given.has(name.toLowerCase())) response.appendHeader(name, value);
    else response.setHeader(name, value);
    given.add(name.toLowerCase());
  }
}
