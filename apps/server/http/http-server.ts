import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { MillraceError } from '../../../engine/errors.ts';
import type { HttpSettings } from '../../settings/settings.ts';
import type { LiveRules } from '../rules/live-rules.ts';
import type { VersionStore } from '../rules/version-store.ts';
import type { Log } from '../log/log-line.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Server } from '../server.ts';
import { requireAccess } from './access.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addMetricsRoute } from './metrics-route.ts';
import { addRulesRoutes } from './rules-routes.ts';

export type HttpServer = { readonly url: string; close(): Promise<void> };

export type HttpOptions = {
  readonly settings: HttpSettings;
  readonly rules: LiveRules;
  readonly versions: VersionStore;
  readonly server: Server;
  readonly metrics: ServerMetrics;
  readonly log: Log;
};

/** Errors: MR7060 it cannot listen there · MR7061 another address than loopback, and no token. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { settings, log } = options;
  requireAccess(settings);
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  app.setErrorHandler(async (error, _, reply) => {
    const { status, ...body } = describeError(error, log);
    await reply.code(status).send(body);
  });
  app.setNotFoundHandler(async (_, reply) => {
    await reply
      .code(404)
      .send({ code: 'MR7063', message: 'there is nothing here', hint: 'docs/operations/serve.md has what there is' });
  });
  addHealthRoutes(app, options);
  addMetricsRoute(app, options);
  addRulesRoutes(app, options);
  await listen(app, settings);
  const { address, port, family } = app.server.address() as AddressInfo; // as: it listens on a port
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, close: () => app.close() };
}

async function listen(app: FastifyInstance, { address, port }: HttpSettings): Promise<void> {
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    throw new MillraceError('MR7060', `HTTP cannot listen on ${address}, port ${port}: ${(error as Error).message}`, {
      hint: 'does another program have the port? `http: { address: …, port: … }` in the settings names another',
      domain: 'external',
      cause: error,
    });
  }
}

/** What a client did wrong is told; what we did wrong, in the log. */
function describeError(
  error: unknown,
  log: Log,
): { readonly status: number; readonly code: string; readonly message: string; readonly hint?: string } {
  if (error instanceof MillraceError) {
    const { code, message, hint } = error;
    return { status: STATUS_OF[code] ?? 503, code, message, ...(hint === undefined ? {} : { hint }) };
  }
  const { statusCode = 500, message } = error as Error & { readonly statusCode?: number };
  if (statusCode < 500) return { status: statusCode, code: 'MR7063', message };
  log({ level: 'error', code: 'MR9001', message });
  return { status: 500, code: 'MR9001', message: 'a fault of Millrace, which is in its log' };
}

const STATUS_OF: Readonly<Record<string, number>> = { MR7062: 401, MR7063: 400, MR7067: 404 };
/** Ten thousand rules are two million. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
