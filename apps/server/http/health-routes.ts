import type { FastifyInstance } from 'fastify';
import type { LiveRules } from '../rules/live-rules.ts';

/** What it waits for. */
type Cause = { readonly code: string | null; readonly message: string };

/** For who starts and watches the process; no token is needed. */
export function addHealthRoutes(app: FastifyInstance, { rules }: { readonly rules: LiveRules }): void {
  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_, reply) => {
    const waitsFor = causesOf(rules);
    if (waitsFor.length > 0) reply.code(503);
    return { status: waitsFor.length > 0 ? 'waiting' : 'ready', waits_for: waitsFor };
  });
}

/** None: the rules read, and all sinks take what they are given. */
function causesOf({ live }: LiveRules): readonly Cause[] {
  if (live === null) return [{ code: null, message: 'no rules run yet' }];
  const { state } = live.run;
  switch (state.kind) {
    case 'opening':
      return [{ code: null, message: 'streams and sinks are being opened' }];
    case 'waiting':
      return [shown(state.cause)];
    case 'reading':
      return state.sinksWaitFor.map(shown);
    case 'ended':
      return [{ code: null, message: 'all streams are at their end' }];
    case 'stopped':
      return [{ code: null, message: 'the rules are being changed, or the service stopped' }];
  }
}

function shown({ code, message }: { readonly code: string; readonly message: string }): Cause {
  return { code, message };
}
