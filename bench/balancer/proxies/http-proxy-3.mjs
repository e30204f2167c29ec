// @ts-check
// node http-proxy-3.mjs <port> <upstream port>
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy-3';

const [port, upstream] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${upstream}`,
  agent: new Agent({ keepAlive: true, maxSockets: 256 }),
  xfwd: true,
});
proxy.on('error', (_error, _request, response) => {
  if (response && 'writeHead' in response) response.writeHead(502).end();
});
createServer((request, response) => proxy.web(request, response)).listen(Number(port), '127.0.0.1');
