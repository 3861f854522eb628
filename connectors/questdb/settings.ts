import { readFileSync } from 'node:fs';
import { MillraceError } from '../../engine/errors.ts';

/** How a QuestDB is reached: plain data. `password` and `token` never stand in an error. */
export type QuestDbSettings = {
  /** `http://host:9000` or `https://…`, of the HTTP server, which takes rows and queries. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly tls?: {
    /** Files of PEM: whom to trust beside the system's, and who we are. */
    readonly caFile?: string;
    readonly certificateFile?: string;
    readonly keyFile?: string;
    /** false: anybody may be the server. For a test only. */
    readonly isVerified?: boolean;
  };
  /** Of one request of rows, which is committed as a whole. */
  readonly maxRequestBytes?: number;
  /** An answer that takes longer is a connection lost. */
  readonly timeoutMs?: number;
  /** Tried again within a call for so long; then it fails with `retry: 'backoff'`. */
  readonly retryMs?: number;
};

export const DEFAULT_MAX_REQUEST_BYTES = 4 * 1024 * 1024;
export const DEFAULT_TIMEOUT_MS = 60_000;
export const DEFAULT_RETRY_MS = 10_000;

/** The address without a path. Errors: MR5212. */
export function originOf({ url }: QuestDbSettings): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    throw wrongSetting('the address of QuestDB is no `http://` or `https://` address', 'such as http://127.0.0.1:9000');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw wrongSetting('the address of QuestDB holds a user or a password', 'they are settings of their own');
  }
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') {
    throw wrongSetting(`the address of QuestDB has a path: ${url}`, 'write scheme, host and port only');
  }
  return parsed.origin;
}

/** Errors: MR5212. */
export function authorizationOf({ user, password, token }: QuestDbSettings): string | undefined {
  if (token !== undefined && user !== undefined) {
    throw wrongSetting('QuestDB has both a token and a user', 'keep one of them');
  }
  if ((user === undefined) !== (password === undefined)) {
    throw wrongSetting('of `user` and `password` of QuestDB one is missing', 'give both or none');
  }
  if (token !== undefined) return `Bearer ${token}`;
  return user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Options of a TLS connection. Errors: MR5212. */
export function tlsOf({ tls }: QuestDbSettings): {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  rejectUnauthorized?: boolean;
} {
  if (tls === undefined) return {};
  const { caFile, certificateFile, keyFile, isVerified } = tls;
  return {
    ...(caFile === undefined ? {} : { ca: readPem(caFile) }),
    ...(certificateFile === undefined ? {} : { cert: readPem(certificateFile) }),
    ...(keyFile === undefined ? {} : { key: readPem(keyFile) }),
    ...(isVerified === undefined ? {} : { rejectUnauthorized: isVerified }),
  };
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw wrongSetting(`${JSON.stringify(path)} cannot be read`, 'a file of PEM that this user may read', error);
  }
}

function wrongSetting(message: string, hint: string, cause?: unknown): MillraceError {
  return new MillraceError('MR5212', message, { hint, ...(cause === undefined ? {} : { cause }) });
}
