import { INTERNAL_HEADER_PREFIX, LABEL_PATTERN, NOT_MINE_HEADER } from '../contract.js';
import { type HeaderList, stripConnectionFields, stripTrailers, valuesOf } from './header-list.js';

/** The fields a client receives: the node's own, without connection fields and internal ones. */
export function forwardedResponseHeaders(headers: HeaderList): string[] {
  return stripConnectionFields(headers, (name) => name.startsWith(INTERNAL_HEADER_PREFIX));
}

/** The trailer fields a client receives: nothing that changes how the message is read. */
export function forwardedTrailers(fields: HeaderList): string[] {
  return stripTrailers(fields, (name) => name.startsWith(INTERNAL_HEADER_PREFIX));
}

/** The label in a 421 that says "nothing ran, ask that node"; undefined for any other response. */
export function notMineLabel(status: number, headers: HeaderList): string | undefined {
  if (status !== 421) return undefined;
  const [label] = valuesOf(headers, NOT_MINE_HEADER);
  return label !== undefined && LABEL_PATTERN.test(label) ? label : undefined;
}

/** Whether the response is a stream of events, which may be silent for long. */
export function isEventStream(headers: HeaderList): boolean {
  const [type = ''] = valuesOf(headers, 'content-type');
  return type.toLowerCase().startsWith('text/event-stream');
}
