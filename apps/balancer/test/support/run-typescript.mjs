// Runs a TypeScript module of this repository in a process of its own, from its sources.
import { defaultServerConditions, runnerImport } from 'vite';

const conditions = ['@understudy/source', ...defaultServerConditions];
// The module sees the command line it would have if it were run by itself.
process.argv.splice(1, 1);
await runnerImport(process.argv[1], {
  configFile: false,
  logLevel: 'error',
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
