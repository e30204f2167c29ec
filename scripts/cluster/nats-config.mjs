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
 * @param {{ host: string, port: number }} listen  Port -1 lets the server choose.
 * @returns {string}
 */
export function natsConfig({ host, port }) {
  return `host: "${host}"
port: ${port}
write_deadline: "1s"
ping_interval: "2s"
ping_max: 2
max_payload: 1MB
logtime: false
`;
}
