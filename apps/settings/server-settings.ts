import type { NatsLogin, NatsSettings } from '../../connectors/nats/nats-settings.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { CheckedSettings } from './checked-settings.ts';

/** How servers are reached: `nats` and `questdb` of the settings. */
export function natsSettings(checked: CheckedSettings): NatsSettings {
  const servers = (checked.raw('nats.servers') as string | readonly string[] | undefined) ?? NATS_URL; // as: the schema says so
  const streams = checked.raw('nats.streams') as Readonly<Record<string, string>> | undefined; // as: the schema says so
  const tls = present({
    caFile: checked.path('nats.tls.ca'),
    certFile: checked.path('nats.tls.cert'),
    keyFile: checked.path('nats.tls.key'),
  });
  return {
    servers: typeof servers === 'string' ? [servers] : servers,
    name: 'millrace',
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...present({
      login: natsLogin(checked),
      domain: checked.text('nats.domain'),
      streams,
      actions: checked.text('nats.actions'),
      consumerPrefix: checked.text('nats.consumerPrefix'),
      maxWaitingMessages: checked.count('nats.maxWaitingMessages'),
      maxWaitingBytes: checked.bytes('nats.maxWaitingBytes'),
      tickEveryMs: ms(checked, 'nats.tickEvery'),
      tickMarginMs: ms(checked, 'nats.tickMargin'),
      pingIntervalMs: ms(checked, 'nats.pingInterval'),
      idleHeartbeatMs: ms(checked, 'nats.idleHeartbeat'),
      connectTimeoutMs: ms(checked, 'nats.connectTimeout'),
      requestTimeoutMs: ms(checked, 'nats.requestTimeout'),
      reconnectMaxWaitMs: ms(checked, 'nats.reconnectMaxWait'),
    }),
  };
}

export function questDbSettings(checked: CheckedSettings): QuestDbSettings {
  const tls = present({
    caFile: checked.path('questdb.tls.ca'),
    certificateFile: checked.path('questdb.tls.cert'),
    keyFile: checked.path('questdb.tls.key'),
  });
  return {
    url: checked.text('questdb.url') ?? QUESTDB_URL,
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...present({
      user: checked.text('questdb.user'),
      password: checked.secret('questdb.password'),
      token: checked.secret('questdb.token'),
    }),
  };
}

/** One way to log in at most. */
function natsLogin(checked: CheckedSettings): NatsLogin | undefined {
  const user = checked.text('nats.user');
  const password = checked.secret('nats.password');
  const token = checked.secret('nats.token');
  const file = checked.path('nats.credentials');
  const seed = checked.secret('nats.nkey');
  const logins: NatsLogin[] = [];
  if (user !== undefined && password !== undefined) logins.push({ kind: 'password', user, password });
  else if (user !== undefined || password !== undefined) {
    const given = user === undefined ? 'nats.password' : 'nats.user';
    checked.refuse(given, 'of nats.user and nats.password one is missing', 'give both, there or in the environment');
  }
  if (token !== undefined) logins.push({ kind: 'token', token });
  if (file !== undefined) logins.push({ kind: 'credentials', file });
  if (seed !== undefined) logins.push({ kind: 'nkey', seed });
  if (logins.length > 1) {
    const kinds = logins.map(({ kind }) => kind).join(' and ');
    checked.refuse(`nats.${logins[1]!.kind}`, `nats has ${kinds} to log in with`, 'keep one of them');
  }
  return logins[0];
}

function ms(checked: CheckedSettings, name: string): number | undefined {
  const us = checked.us(name);
  return us === undefined ? undefined : us / 1_000;
}

type Present<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> };

function present<Members extends Readonly<Record<string, unknown>>>(members: Members): Present<Members> {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as Present<Members>; // as: those that are there
}

const NATS_URL = 'nats://127.0.0.1:4222';
const QUESTDB_URL = 'http://127.0.0.1:9000';
