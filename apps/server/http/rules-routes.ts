import { posix } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MillraceError } from '../../../engine/errors.ts';
import type { Outcome } from '../rules/live-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Version } from '../rules/version-store.ts';
import { checkAccess } from './access.ts';
import type { HttpOptions } from './http-server.ts';

/** What runs, and changes of it. */
export function addRulesRoutes(app: FastifyInstance, { settings, rules, versions, server }: HttpOptions): void {
  const api = (
    path: string,
    method: 'GET' | 'POST',
    answer: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ) =>
    app.route({
      method,
      url: `/api/${path}`,
      onRequest: async request => checkAccess(settings, request),
      handler: answer,
    });

  api('rules', 'GET', async () => {
    const { live } = rules;
    if (live === null) return { version: null, rules: [], last_refusal: server.lastRefusal };
    const { version, plan, run } = live;
    const names = plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []));
    return {
      ...shownVersion(version),
      state: run.state.kind,
      rules: names.map(name => ({ name, warm_from: version.warmFrom[name] ?? null })),
      last_refusal: server.lastRefusal,
    };
  });
  api('rules', 'POST', async (request, reply) => {
    const { by, ...set } = deployment(request.body);
    return await answerWith(reply, await server.deploy(set, by));
  });
  api('versions', 'GET', async () => {
    const active = rules.live?.version.version;
    const all = await versions.all();
    return { versions: all.map(version => ({ ...shownVersion(version), is_active: version.version === active })) };
  });
  api('rollback', 'POST', async (request, reply) => {
    const { by, version } = rollback(request.body);
    return await answerWith(reply, await server.rollBack(version, by));
  });
}

async function answerWith(reply: FastifyReply, outcome: Outcome): Promise<unknown> {
  switch (outcome.kind) {
    case 'unchanged':
      return { outcome: 'unchanged', version: outcome.version.version, changes: [] };
    case 'switched': {
      const { version, change, forgottenAlerts, pauseMs } = outcome;
      return {
        outcome: 'switched',
        version: version.version,
        changes: change.lines,
        warm_from: version.warmFrom,
        forgotten_alerts: forgottenAlerts,
        pause_ms: Math.round(pauseMs),
      };
    }
    case 'wrong': {
      const { diagnostics, text } = outcome.compiled;
      reply.code(422);
      return { outcome: 'wrong', diagnostics, text };
    }
    case 'refused': {
      const { code, message, hint } = outcome.error;
      reply.code(outcome.error.retry === 'backoff' ? 503 : 422);
      return { outcome: 'refused', code, message, hint: hint ?? null };
    }
  }
}

function shownVersion({ version, at, from, kept, filled, empty, gone }: Version): Record<string, unknown> {
  return { version, at, from, kept, ...(filled === undefined ? {} : { filled }), empty, gone };
}

/** Errors: MR7063. */
function deployment(body: unknown): RuleSet & { readonly by: string } {
  const { files, roots, by } = membersOf(body);
  const isSound =
    isTexts(files) &&
    Array.isArray(roots) &&
    roots.length > 0 &&
    roots.every(root => Object.hasOwn(files, String(root)));
  if (!isSound)
    throw wrongBody(
      'it has `files`, texts by their paths, and `roots`, the paths of those that are rules by themselves',
    );
  const odd = Object.keys(files).find(path => posix.isAbsolute(path) || posix.normalize(path) !== path);
  if (odd !== undefined) throw wrongBody(`${JSON.stringify(odd)} is no path relative to the folder of rules`);
  return { files, roots: (roots as string[]).toSorted(), by: nameOf(by) }; // as: checked
}

/** Errors: MR7063. */
function rollback(body: unknown): { readonly version: number | null; readonly by: string } {
  const { version = null, by } = membersOf(body);
  if (version !== null && !Number.isSafeInteger(version)) throw wrongBody('`version` is a number');
  return { version: version as number | null, by: nameOf(by) }; // as: checked
}

function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw wrongBody('it is a JSON object');
  return body as Readonly<Record<string, unknown>>; // as: checked
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every(text => typeof text === 'string');
}

function nameOf(by: unknown): string {
  return typeof by === 'string' && by !== '' ? by.slice(0, 100) : 'somebody';
}

function wrongBody(what: string): MillraceError {
  return new MillraceError('MR7063', `the request is not understood: ${what}`);
}
