// Runs a TypeScript module of this repository in a process of its own, from its sources.
import { defaultServerConditions, runnerImport } from 'vite';

const conditions = ['@understudy/source', ...defaultServerConditions];
await runnerImport(process.argv[2], {
  configFile: false,
  logLevel: 'error',
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
