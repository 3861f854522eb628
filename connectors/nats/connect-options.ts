import { readFileSync } from 'node:fs';
import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
  nkeys,
  type TlsOptions,
} from '@nats-io/transport-node';
import { wrongSettings } from './nats-errors.ts';
import type { NatsLogin, NatsSettings, NatsTls } from './nats-settings.ts';

/**
 * What the client library needs, for a connection that comes back whenever it is lost. A wrong login ends the first
 * attempt to connect and no later one: rights may be given back.
 *
 * Errors: MR5112.
 */
export function connectOptions(settings: NatsSettings, backoff: Backoff): ConnectionOptions {
  const { servers, name = 'millrace', login, tls } = settings;
  if (servers.length === 0) throw wrongSettings('no server is given', 'write `nats: { servers: [nats://host:4222] }`');
  if (servers.some(server => server.includes('@'))) {
    throw wrongSettings(
      'a server’s address has a login in it',
      'give `user` and `password`, or `token`, beside `servers`',
    );
  }
  const isSecure = tls !== undefined || servers.some(server => server.startsWith('tls://'));
  return {
    servers: [...servers],
    name,
    timeout: settings.connectTimeoutMs ?? 5_000,
    pingInterval: settings.pingIntervalMs ?? 5_000,
    maxPingOut: 2,
    reconnect: true,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: () => backoff.waitMs,
    noAsyncTraces: true,
    ...(login === undefined ? {} : loginOptions(login)),
    ...(isSecure ? { tls: tlsOptions(tls ?? {}) } : {}),
  };
}

/** How long to wait before the next attempt: longer each time, and never the same for all clients of a server. */
export class Backoff {
  readonly #maxWaitMs: number;
  readonly #random: () => number;
  #attempts = 0;
  #waitMs = 0;

  constructor(maxWaitMs: number, random: () => number = Math.random) {
    this.#maxWaitMs = maxWaitMs;
    this.#random = random;
    this.succeeded();
  }

  get waitMs(): number {
    return this.#waitMs;
  }

  failed(): void {
    this.#attempts++;
    this.#waitMs = this.#next();
  }

  succeeded(): void {
    this.#attempts = 0;
    this.#waitMs = this.#next();
  }

  #next(): number {
    const longestMs = Math.min(FIRST_WAIT_MS * 2 ** this.#attempts, this.#maxWaitMs);
    return Math.ceil(longestMs * (0.5 + this.#random() / 2));
  }
}

function loginOptions(login: NatsLogin): Partial<ConnectionOptions> {
  switch (login.kind) {
    case 'password':
      return { user: login.user, pass: login.password };
    case 'token':
      return { token: login.token };
    case 'credentials':
      return { authenticator: credentials(login.file) };
    case 'nkey':
      return { authenticator: nkeyAuthenticator(seedBytes(login.seed)) };
  }
}

/** Read anew for each connection, since such files are renewed. The first reading tells whether it is one. */
function credentials(path: string): Authenticator {
  const authenticator = credsAuthenticator(() => readOwn(path, 'credentials'));
  try {
    authenticator('nonce');
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('MR')) throw error;
    throw wrongSettings(`${path} is no credentials file`, 'it is what `nsc generate creds` writes');
  }
  return authenticator;
}

function seedBytes(seed: string): Uint8Array {
  const bytes = Buffer.from(seed.trim());
  try {
    nkeys.fromSeed(bytes);
  } catch {
    throw wrongSettings('the nkey is no seed', 'a user’s seed begins with SU (`nk -gen user`)');
  }
  return bytes;
}

function tlsOptions({ caFile, certFile, keyFile, isHandshakeFirst = false }: NatsTls): TlsOptions {
  return {
    ...(caFile === undefined ? {} : { ca: readOwn(caFile, 'tls').toString() }),
    ...(certFile === undefined ? {} : { cert: readOwn(certFile, 'tls').toString() }),
    ...(keyFile === undefined ? {} : { key: readOwn(keyFile, 'tls').toString() }),
    ...(isHandshakeFirst ? { handshakeFirst: true } : {}),
  };
}

function readOwn(path: string, setting: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw wrongSettings(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      `\`${setting}\` names a file that this user may read`,
    );
  }
}

const FIRST_WAIT_MS = 100;
