// @ts-check

/**
 * The settings of nats-server the engine is made for. The defaults of the server notice a frozen
 * client after minutes and let one slow subscriber stall every publisher for seconds:
 *
 * - `write_deadline` cuts a subscriber that reads nothing for a second;
 * - `ping_interval`, `ping_max` notice a frozen client in six seconds;
 * - `max_payload` is what the engine's largest frame stays below;
 * - `max_pending` stays at its 64 MB: less makes producers stall earlier.
 *
 * @param {{ host: string, port: number, cluster?: { port: number, routes: readonly number[] } }} listen
 *   Port -1 lets the server choose. `cluster`: where this server takes others of its cluster, and
 *   where all of them do.
 * @returns {string}
 */
export function natsConfig({ host, port, cluster }) {
  return `host: "${host}"
port: ${port}
write_deadline: "1s"
ping_interval: "2s"
ping_max: 2
max_payload: 1MB
logtime: false
${cluster === undefined ? '' : clusterBlock(host, cluster)}`;
}

/**
 * @param {string} host
 * @param {{ port: number, routes: readonly number[] }} cluster
 */
function clusterBlock(host, { port, routes }) {
  const urls = routes.filter((route) => route !== port).map((route) => `"nats://${host}:${route}"`);
  return `cluster: { name: bus, host: "${host}", port: ${port}, routes: [${urls.join(', ')}] }\n`;
}
