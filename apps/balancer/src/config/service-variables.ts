/**
 * What Kubernetes sets in every container of a namespace for each of its Services: for one called `balancer`,
 * or `balancer-admin`, or `admin`, under names that are ours.
 */
const NAME = /_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_|$)|$)/;
/** `tcp://10.96.0.12:8081`, or with an IPv6 address in brackets; no port is written like that. */
const LINK = /^(?:tcp|udp|sctp):\/\/(?:\d+(?:\.\d+){3}|\[[\da-f:.]+\]):\d+$/i;

/** Whether a variable of this name may be one of these. */
export function isServiceName(name: string): boolean {
  return NAME.test(name);
}

/** Whether it is one, though a port of ours is set by the same name: it counts as absent. */
export function isServiceLink(name: string, value: string): boolean {
  return name.endsWith('_PORT') && LINK.test(value);
}
