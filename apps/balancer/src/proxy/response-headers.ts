import { INTERNAL_HEADER_PREFIX, LABEL_PATTERN, NOT_MINE_HEADER } from '../contract.js';
import { hasPrefix } from './field-names.js';
import {
  firstValueOf,
  type HeaderList,
  stripConnectionFields,
  stripTrailers,
} from './header-list.js';

/** The fields a client receives: the node's own, without connection fields and internal ones. */
export function forwardedResponseHeaders(headers: HeaderList): string[] {
  return stripConnectionFields(headers, isInternal);
}

/** The trailer fields a client receives: nothing that changes how the message is read. */
export function forwardedTrailers(fields: HeaderList): string[] {
  return stripTrailers(fields, isInternal);
}

function isInternal(field: string): boolean {
  return hasPrefix(field, INTERNAL_HEADER_PREFIX);
}

/** The label in a 421 that says "nothing ran, ask that node"; undefined for any other response. */
export function notMineLabel(status: number, headers: HeaderList): string | undefined {
  if (status !== 421) return undefined;
  const label = firstValueOf(headers, NOT_MINE_HEADER);
  return label !== undefined && LABEL_PATTERN.test(label) ? label : undefined;
}

const EVENT_STREAM = 'text/event-stream';

/** Whether the response is a stream of events, which may be silent for long. */
export function isEventStream(headers: HeaderList): boolean {
  const type = firstValueOf(headers, 'content-type');
  return type !== undefined && hasPrefix(type, EVENT_STREAM);
}
