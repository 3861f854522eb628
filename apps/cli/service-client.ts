import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { MillraceError } from '../../engine/errors.ts';
import { readSettings } from '../settings/settings.ts';

export type ServiceOptions = { readonly to?: string; readonly config?: string };

export function addServiceOptions(command: Command): Command {
  return command
    .option('--to <url>', 'where the service is (default: `http` of the settings)')
    .option('--config <file>', 'the settings (default: millrace.yaml in the working directory, where there is one)');
}

export type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Asks a running `millrace serve`. Errors: MR7069 it does not answer, or is none · what it says. */
export async function askService(
  { to, config }: ServiceOptions,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown },
): Promise<Answer> {
  const { http } = readSettings(config);
  const url = (to ?? urlOf(http)).replace(/\/$/, '');
  const { method, path, body } = request;
  const headers = {
    ...(http.token === undefined ? {} : { authorization: `Bearer ${http.token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await answered(url, async () => {
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] }; // as: it is ours, or fails below
  });
  const { code, message, hint, outcome } = answer.body;
  if (answer.status < 400 || outcome !== undefined) return answer;
  if (typeof code !== 'string') throw noService(url, `it answers ${answer.status}`);
  throw new MillraceError(code, String(message), typeof hint === 'string' ? { hint } : {});
}

export function ownName(): string {
  return userInfo().username;
}

async function answered(url: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const { cause, message } = error as Error & { readonly cause?: Error };
    throw noService(url, cause?.message || message);
  }
}

function noService(url: string, why: string): MillraceError {
  return new MillraceError('MR7069', `no service answers at ${url}: ${why}`, {
    hint: 'does `millrace serve` run there? Its log says where it listens; --to names it',
    domain: 'external',
  });
}

/** What listens everywhere is found here. */
function urlOf({ address, port }: { readonly address: string; readonly port: number }): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
