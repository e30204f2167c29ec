import type { INestApplication } from '@nestjs/common';
import type { Cluster, Durability } from '@understudy/replication';
import { SESSION_CLUSTER } from '../../src/index.js';

/** How many copies each write from now on waits for, in their order; reading it forgets them. */
export function askedDurabilities(app: INestApplication): () => (Durability | undefined)[] {
  const cluster = app.get<Cluster>(SESSION_CLUSTER);
  const asked: (Durability | undefined)[] = [];
  const { create, commit, rotate } = cluster;
  cluster.create = (request) => {
    asked.push(request.durability);
    return create.call(cluster, request);
  };
  cluster.commit = (request) => {
    asked.push(request.durability);
    return commit.call(cluster, request);
  };
  cluster.rotate = (request) => {
    asked.push(request.durability);
    return rotate.call(cluster, request);
  };
  return () => asked.splice(0);
}
