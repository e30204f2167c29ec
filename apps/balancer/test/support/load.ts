import { Agent, request } from 'node:http';

export interface Client {
  answered: number;
  /** Requests without a complete response, and why. */
  readonly failures: string[];
}

export interface Load {
  readonly clients: readonly Client[];
  answered(): number;
  /** Resolves when the last request of each client has ended. */
  stop(): Promise<void>;
}

/**
 * Clients with a connection each, which they keep as long as the other side lets them. `cutOffMs`: how
 * long one that was failed stays away.
 */
export function startLoad(url: string, count: number, pauseMs = 0, cutOffMs = pauseMs): Load {
  let done = false;
  const clients = Array.from({ length: count }, (): Client => ({ answered: 0, failures: [] }));
  const running = clients.map(async (client) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!done) {
      let restMs = pauseMs;
      try {
        await once(url, agent);
        client.answered++;
      } catch (error) {
        client.failures.push(String(error));
        restMs = cutOffMs;
      }
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    agent.destroy();
  });
  return {
    clients,
    answered: () => clients.reduce((sum, { answered }) => sum + answered, 0),
    stop: async () => {
      done = true;
      await Promise.all(running);
    },
  };
}

function once(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    outgoing.once('error', reject).end();
  });
}
