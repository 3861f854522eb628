import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { MillraceError } from '../../../engine/errors.ts';
import type { HttpSettings } from '../../settings/settings.ts';

/** Errors: MR7061 others can reach it, and need no token. */
export function requireAccess({ address, token }: HttpSettings): void {
  if (token !== undefined || isLoopback(address)) return;
  throw new MillraceError('MR7061', `HTTP on ${address} can be reached from other machines, and no token is set`, {
    hint: 'set `http: { token: { file: … } }` in the settings, or MILLRACE_HTTP_TOKEN_FILE; or listen on 127.0.0.1',
  });
}

/**
 * Who may change rules: who shows the token; without one, any program of this machine, but no page that a browser there has
 * opened: its requests name another host, or come from elsewhere. Errors: MR7062.
 */
export function checkAccess({ token }: HttpSettings, { headers }: FastifyRequest): void {
  if (token !== undefined) {
    if (isEqual(headers.authorization ?? '', `Bearer ${token}`)) return;
    throw refused(
      'it needs the token of the service',
      '`Authorization: Bearer …`; the commands read it from `http.token` of the settings, or MILLRACE_HTTP_TOKEN',
    );
  }
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!isLoopback(host))
    throw refused(`it asks for ${host}, which is not this machine`, 'ask for 127.0.0.1 or localhost');
  if (headers.origin !== undefined) throw refused('it comes from a page in a browser', 'set a token: `http.token`');
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost';
  return isIPv4(host) ? host.startsWith('127.') : host === '::1';
}

/** In the same time, whatever is wrong. */
function isEqual(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function refused(message: string, hint: string): MillraceError {
  return new MillraceError('MR7062', `the request is refused: ${message}`, { hint });
}
