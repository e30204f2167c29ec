// An upstream node in a process of its own, to be killed and frozen. Reports every effect to a ledger
// before it answers, as a node that dies between the two would.
import { createServer, get } from 'node:http';

const { LABEL, LEDGER_URL, BACKLOG } = process.env;

function enter(entry) {
  return new Promise((resolve, reject) => {
    const query = new URLSearchParams({ ...entry, node: LABEL });
    get(`${LEDGER_URL}?${query}`, (response) => {
      response.resume();
      response.once('end', resolve);
    }).once('error', reject);
  });
}

const server = createServer(async (request, response) => {
  request.resume();
  if (request.url === '/healthz') return response.end();
  if (request.method === 'POST') {
    const key = request.headers['idempotency-key'] ?? '';
    await enter({ id: request.headers['x-id'], key });
  }
  setTimeout(() => response.end(LABEL), 5);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: Number(BACKLOG ?? 511) }, () => {
  process.send({ port: server.address().port });
});
