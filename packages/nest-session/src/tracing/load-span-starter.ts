import type { SpanStarter } from './span-starter.js';

/** Under which spans are found. */
const TRACER = '@understudy/nest-session';

/**
 * Spans through `@opentelemetry/api`, when the application has it; undefined otherwise. Without a
 * tracer provider its spans record nothing.
 */
export async function loadSpanStarter(): Promise<SpanStarter | undefined> {
  const api = await import('@opentelemetry/api').catch(() => undefined);
  if (!api) return undefined;
  const { SpanKind, SpanStatusCode, trace } = api;
  const tracer = trace.getTracer(TRACER);
  return (name) => {
    const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL });
    // Without a tracer provider, or not sampled.
    if (!span.isRecording()) return undefined;
    return {
      set: (attribute, value) => void span.setAttribute(attribute, value),
      end(error) {
        // The message is left out: an error's text is not ours to publish.
        if (error !== undefined) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
        }
        span.end();
      },
    };
  };
}
