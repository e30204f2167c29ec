import { FAILED_NODE_HEADER, INTERNAL_HEADER_PREFIX } from '../contract.js';
import { FieldNames, hasPrefix } from './field-names.js';
import { type HeaderList, stripConnectionFields, stripTrailers } from './header-list.js';

/** Who sent the request, as far as the balancer itself knows. */
export interface ClientOrigin {
  readonly address: string;
  readonly protocol: 'http' | 'https';
  readonly host: string;
}

/** Fields a client must not choose, and fields whose meaning ends here. */
const CONSUMED = new FieldNames([
  // We have already told the client to continue; a node would wait for nobody.
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'x-real-ip',
]);

/**
 * The fields a node receives, before those of a single attempt: the client's own as it sent them,
 * without connection fields and without any claim about where it comes from, then ours.
 */
export function forwardedRequestHeaders(headers: HeaderList, origin: ClientOrigin): string[] {
  const kept = keptRequestHeaders(headers);
  kept.push(
    'Host',
    origin.host,
    'X-Forwarded-For',
    origin.address,
    'X-Forwarded-Proto',
    origin.protocol,
    'X-Forwarded-Host',
    origin.host,
  );
  return kept;
}

/** The client's own fields, without those that end here or that it has no say in. */
export function keptRequestHeaders(headers: HeaderList): string[] {
  return stripConnectionFields(headers, endsHere);
}

/** The trailer fields a node receives; no claim that would not be believed ahead of the body. */
export function forwardedRequestTrailers(fields: HeaderList): string[] {
  return stripTrailers(fields, isClaim);
}

function endsHere(field: string): boolean {
  return CONSUMED.has(field) || isClaim(field);
}

function isClaim(field: string): boolean {
  return hasPrefix(field, 'x-forwarded-') || hasPrefix(field, INTERNAL_HEADER_PREFIX);
}

/** Adds which node was tried in vain, so that the next one may take over without asking around. */
export function withFailedNode(headers: HeaderList, label: string | undefined): HeaderList {
  return label === undefined ? headers : [...headers, FAILED_NODE_HEADER, label];
}
