import type { NatsLogin, NatsSettings, NatsTls } from '../../connectors/nats/nats-settings.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import { SettingGroup, wrongSettings } from './setting-group.ts';
import { bytesOf, countOf, textOf, usOf } from './setting-values.ts';

/**
 * How servers are reached: `nats` and `questdb` of millrace.yaml, over which the environment wins, so that secrets need
 * not stand in a file. Errors: MR7004.
 */
export function natsSettings(nats: unknown, environment: NodeJS.ProcessEnv): NatsSettings {
  const settings = new SettingGroup(nats, {
    prefix: 'nats.',
    known: [
      ...['servers', 'user', 'password', 'token', 'credentials', 'nkey', 'tls', 'domain', 'streams', 'actions'],
      ...['consumerPrefix', 'maxWaitingMessages', 'maxWaitingBytes', ...Object.keys(NATS_TIMES)],
    ],
    example: `nats: { servers: ["${NATS_URL}"] }`,
  });
  const text = (name: string, example: string) => settings.value(name, textOf, { what: 'a text', example });
  const domain = text('domain', 'domain: edge');
  const actions = settings.value('actions', subjectOf, { what: 'a subject', example: 'actions: "actions.>"' });
  const consumerPrefix = text('consumerPrefix', 'consumerPrefix: millrace-2');
  const maxWaitingMessages = settings.value('maxWaitingMessages', countOf, {
    what: 'a number of messages',
    example: 'maxWaitingMessages: 16384',
  });
  const maxWaitingBytes = settings.value('maxWaitingBytes', bytesOf, {
    what: 'a size',
    example: 'maxWaitingBytes: 32MB',
  });
  const times = Object.entries(NATS_TIMES).flatMap(([name, setting]) => {
    const us = settings.value(name, usOf, { what: 'a duration', example: `${name}: 5s` });
    return us === undefined ? [] : [[setting, us / 1_000] as const];
  });
  const tls = natsTls(settings.raw('tls'));
  const login = natsLogin({
    user: environment['MILLRACE_NATS_USER'] ?? text('user', 'user: millrace'),
    password: environment['MILLRACE_NATS_PASSWORD'] ?? text('password', 'password: "…"'),
    token: environment['MILLRACE_NATS_TOKEN'] ?? text('token', 'token: "…"'),
    credentials: environment['MILLRACE_NATS_CREDENTIALS'] ?? text('credentials', 'credentials: millrace.creds'),
    nkey: environment['MILLRACE_NATS_NKEY'] ?? text('nkey', 'nkey: "SU…"'),
  });
  const streams = settings.value('streams', textsOf, {
    what: 'a stream for each subject',
    example: 'streams: { "plant.*.*.motor": TELEMETRY }',
  });
  return {
    servers: environment['MILLRACE_NATS_URL']?.split(',') ??
      settings.value('servers', listOf, {
        what: 'an address or a list of them',
        example: `servers: ["${NATS_URL}"]`,
      }) ?? [NATS_URL],
    name: 'millrace',
    ...(login === undefined ? {} : { login }),
    ...(tls === undefined ? {} : { tls }),
    ...(domain === undefined ? {} : { domain }),
    ...(streams === undefined ? {} : { streams }),
    ...(actions === undefined ? {} : { actions }),
    ...(consumerPrefix === undefined ? {} : { consumerPrefix }),
    ...(maxWaitingMessages === undefined ? {} : { maxWaitingMessages }),
    ...(maxWaitingBytes === undefined ? {} : { maxWaitingBytes }),
    ...Object.fromEntries(times),
  };
}

function subjectOf(value: unknown): string | null {
  const subject = textOf(value);
  return subject !== null && SUBJECT.test(subject) ? subject : null;
}

/** Parts between dots, of which `*` is any one and a last `>` all that follow. */
const SUBJECT = /^(?:(?:\*|[^\s.*>]+)\.)*(?:\*|>|[^\s.*>]+)$/;

const NATS_TIMES = {
  tickEvery: 'tickEveryMs',
  tickMargin: 'tickMarginMs',
  pingInterval: 'pingIntervalMs',
  idleHeartbeat: 'idleHeartbeatMs',
  connectTimeout: 'connectTimeoutMs',
  requestTimeout: 'requestTimeoutMs',
  reconnectMaxWait: 'reconnectMaxWaitMs',
} satisfies Readonly<Record<string, keyof NatsSettings>>;

export function questDbSettings(questdb: unknown, environment: NodeJS.ProcessEnv): QuestDbSettings {
  const settings = new SettingGroup(questdb, {
    prefix: 'questdb.',
    known: ['url', 'user', 'password', 'token', 'tls'],
    example: `questdb: { url: "${QUESTDB_URL}" }`,
  });
  const text = (name: string, example: string) => settings.value(name, textOf, { what: 'a text', example });
  const user = environment['MILLRACE_QUESTDB_USER'] ?? text('user', 'user: admin');
  const password = environment['MILLRACE_QUESTDB_PASSWORD'] ?? text('password', 'password: "…"');
  const token = environment['MILLRACE_QUESTDB_TOKEN'] ?? text('token', 'token: "…"');
  const tls = settings.raw('tls') === undefined ? undefined : questDbTls(settings.raw('tls'));
  return {
    url: environment['MILLRACE_QUESTDB_URL'] ?? text('url', `url: "${QUESTDB_URL}"`) ?? QUESTDB_URL,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
  };
}

type Secrets = { readonly [Name in 'user' | 'password' | 'token' | 'credentials' | 'nkey']: string | undefined };

/** One way to log in at most. */
function natsLogin({ user, password, token, credentials, nkey }: Secrets): NatsLogin | undefined {
  const logins: NatsLogin[] = [];
  if (user !== undefined || password !== undefined) {
    if (user === undefined || password === undefined) {
      throw wrongSettings('of nats.user and nats.password one is missing', 'give both, there or in the environment');
    }
    logins.push({ kind: 'password', user, password });
  }
  if (token !== undefined) logins.push({ kind: 'token', token });
  if (credentials !== undefined) logins.push({ kind: 'credentials', file: credentials });
  if (nkey !== undefined) logins.push({ kind: 'nkey', seed: nkey });
  if (logins.length > 1) {
    const kinds = logins.map(({ kind }) => kind).join(' and ');
    throw wrongSettings(`nats has ${kinds} to log in with`, 'keep one of them');
  }
  return logins[0];
}

function natsTls(tls: unknown): NatsTls | undefined {
  if (tls === undefined) return undefined;
  const settings = new SettingGroup(tls, { prefix: 'nats.tls.', known: TLS_FILES, example: 'tls: { ca: ca.pem }' });
  const { ca, cert, key } = tlsFiles(settings);
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
}

function questDbTls(tls: unknown): NonNullable<QuestDbSettings['tls']> {
  const settings = new SettingGroup(tls, { prefix: 'questdb.tls.', known: TLS_FILES, example: 'tls: { ca: ca.pem }' });
  const { ca, cert, key } = tlsFiles(settings);
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certificateFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
}

function tlsFiles(settings: SettingGroup): { readonly [Name in 'ca' | 'cert' | 'key']: string | undefined } {
  const file = (name: string) => settings.value(name, textOf, { what: 'a file', example: `${name}: ${name}.pem` });
  return { ca: file('ca'), cert: file('cert'), key: file('key') };
}

function listOf(value: unknown): readonly string[] | null {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.length > 0 && values.every(each => textOf(each) !== null) ? (values as string[]) : null; // as: checked
}

function textsOf(value: unknown): Readonly<Record<string, string>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.values(value).every(each => textOf(each) !== null) ? (value as Record<string, string>) : null; // as: checked
}

const TLS_FILES = ['ca', 'cert', 'key'];
const NATS_URL = 'nats://127.0.0.1:4222';
const QUESTDB_URL = 'http://127.0.0.1:9000';
