import type { FastifyInstance } from 'fastify';
import type { ServerMetrics } from '../metrics/server-metrics.ts';

/** For Prometheus; no token is needed, as there is no key of a stream and no value of an event in it. */
export function addMetricsRoute(app: FastifyInstance, { metrics }: { readonly metrics: ServerMetrics }): void {
  app.get('/metrics', async (_, reply) => {
    await reply.type(metrics.contentType).send(await metrics.text());
  });
}
