// Runs a TypeScript module of this repository in a process of its own, from its sources.
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { defaultServerConditions, runnerImport } from 'vite';

const conditions = ['@understudy/source', ...defaultServerConditions];
// Workers of the module are run in the same way.
if (cluster.isPrimary) {
  cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), args: process.argv.slice(2) });
}
// The module sees the command line it would have if it were run by itself.
process.argv.splice(1, 1);
await runnerImport(process.argv[1], {
  configFile: false,
  logLevel: 'error',
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
