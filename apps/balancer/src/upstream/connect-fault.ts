/** No descriptors, ports, buffers or permission left on our side. */
const OUR_FAULT: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOBUFS',
  'ENOMEM',
  'EACCES',
  'EPERM',
]);

/**
 * Whether a connection failed for a reason of ours or of the node's. To accuse healthy nodes when
 * we have run out of something would make the cluster take their sessions away.
 */
export function connectFault(error: Error & { readonly code?: string }): 'local' | 'connect' {
  return OUR_FAULT.has(error.code ?? '') ? 'local' : 'connect';
}
