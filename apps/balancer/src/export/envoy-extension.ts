/** Everything that Envoy may be told of one extension. */
export function extension(name: string, type: string, more: object): object {
  return { name, typed_config: { '@type': `type.googleapis.com/${type}`, ...more } };
}
