#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { run } from './cli/run.js';

// V8 makes objects old from birth whose like once survived. Under load those of requests do, for as
// long as a request lasts; from then on each keeps alive until the next full collection whatever it
// refers to, and the young generation is copied instead of dropped. Measured by `bench:balancer`:
// a third of the processor time.
setFlagsFromString('--no-allocation-site-pretenuring');

const code = await run(process.argv.slice(2), process.env);
if (code !== undefined) process.exit(code);
