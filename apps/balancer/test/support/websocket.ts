/** What a client sends to open a WebSocket; its key is of no interest to a balancer. */
export const WEBSOCKET_REQUEST =
  'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** What a node answers that opens one. */
export const WEBSOCKET_OPENED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
