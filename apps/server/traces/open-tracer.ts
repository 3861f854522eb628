import type { Tracer } from '../../../engine/runtime/trace/tracer.ts';
import type { Log } from '../log/log-line.ts';

export type TraceOptions = {
  /** Of a collector, for OTLP over HTTP: `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string;
  /** Of rounds whose messages say nothing of it, this part is traced: 0..1. */
  readonly ratio: number;
};

export type OpenTracer = {
  readonly tracer: Tracer;
  /** Sends what waits, for some seconds at most. */
  readonly close: () => Promise<void>;
};

const SEND_WITHIN_MS = 3_000;

/**
 * Sends traces of rounds to a collector, with the OpenTelemetry SDK, which is loaded when this is called. What cannot be
 * sent is dropped, and told (MR7090); what waits is bounded.
 */
export async function openTracer(
  options: TraceOptions & { readonly version: string; readonly log: Log },
): Promise<OpenTracer> {
  const { endpoint, ratio, version, log } = options;
  const [{ BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider }, { OTLPTraceExporter }] =
    await Promise.all([import('@opentelemetry/sdk-trace'), import('@opentelemetry/exporter-trace-otlp-http')]);
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const { RoundTracer } = await import('./otel-tracer.ts');
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: SEND_WITHIN_MS });
  const told = {
    export: (...[spans, done]: Parameters<typeof exporter.export>) =>
      exporter.export(spans, result => {
        if (result.error !== undefined) log(notSent(endpoint, result.error));
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'millrace', 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: told })],
  });
  return {
    tracer: new RoundTracer(provider.getTracer('millrace', version)),
    close: async () => {
      const timedOut = new Promise<void>(resolve => setTimeout(resolve, 2 * SEND_WITHIN_MS).unref());
      await Promise.race([provider.shutdown().catch(() => {}), timedOut]); // what could not be sent was told
    },
  };
}

function notSent(endpoint: string, error: Error) {
  return {
    level: 'warn',
    code: 'MR7090',
    message: `traces cannot be sent to ${endpoint}: ${error.message || error.name}`,
    hint: 'they are dropped; the run goes on. Is the collector there, and does it take OTLP over HTTP?',
    subject: endpoint,
  } as const;
}
