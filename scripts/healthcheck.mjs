// @ts-check
// The health check of the containers: exit code 0 when the process takes requests on the port given
// as argument, or in PORT. A draining shop answers 404 and counts as unhealthy, which keeps traffic
// away from it.
const environment = process.env;
const port = process.argv[2] ?? environment.PORT ?? '8080';
try {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
    signal: AbortSignal.timeout(1_500),
  });
  process.exit(response.ok ? 0 : 1);
} catch {
  process.exit(1);
}
