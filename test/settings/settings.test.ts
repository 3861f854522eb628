import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderDiagnostic } from '../../dsl/render-diagnostic.ts';
import { CheckedSettings } from '../../apps/settings/checked-settings.ts';
import { variableOf } from '../../apps/settings/environment-settings.ts';
import { SettingsError } from '../../apps/settings/settings-error.ts';
import { SettingsSchema } from '../../apps/settings/settings-schema.ts';
import { readSettings, type Settings, settingsOf } from '../../apps/settings/settings.ts';
import { SETTINGS_PAGE, settingsPage } from '../../scripts/manual/settings-page.ts';
import { folderWith } from '../apps/millrace.ts';

const CASES = join(import.meta.dirname, 'cases');
const GOLDEN = join(import.meta.dirname, 'golden');

describe('mistakes, all at once, each with its place', () => {
  test.each(readdirSync(CASES))('%s', name => {
    const error = mistakesOf(() => checked(readFileSync(join(CASES, name), 'utf8'), {}, name));
    const shown = error.diagnostics.map(one => renderDiagnostic(one, error.textOf, { isColoured: false })).join('\n');
    const golden = join(GOLDEN, name.replace('.yaml', '.txt'));
    if (process.env['UPDATE']) writeFileSync(golden, shown);
    expect(shown).toBe(readFileSync(golden, 'utf8'));
    expect(shown).not.toContain('hunter2');
  });

  test('of the environment too', () => {
    const environment = {
      MILLRACE_WORKERS: '17',
      MILLRACE_HTTP_PORT: 'eighty',
      MILLRACE_HTTP_TOKEN: 'hunter2',
      MILLRACE_NATS_NKEY_FILE: '/nowhere/nkey',
    };
    const error = mistakesOf(() => checked('keys: 5', environment));
    const shown = error.diagnostics.map(one => renderDiagnostic(one, error.textOf, { isColoured: false })).join('\n');
    expect(shown).toContain(' --> (environment):1:18\n  |\n1 | MILLRACE_WORKERS=17\n  |                  ^^\n');
    expect(error.diagnostics.map(({ message }) => message)).toEqual([
      'workers is not a number of workers from 0 to 16, or auto',
      'http.port is not a port from 0 to 65535',
      'http.token is not a text of at least 16 characters, or { file: FILE }',
      'the file of nats.nkey cannot be read (ENOENT)',
    ]);
    expect(shown).not.toContain('hunter2');
  });
});

describe('settings', () => {
  test('nothing is said: servers are on this machine', () => {
    expect(settings('')).toMatchObject({
      stateDirectory: null,
      workers: 'auto',
      http: { address: '127.0.0.1', port: 7420, token: undefined },
      stopTimeoutMs: 30_000,
      nats: { servers: ['nats://127.0.0.1:4222'] },
      questdb: { url: 'http://127.0.0.1:9000' },
    });
  });

  test('of a cluster, where it has a name', () => {
    expect(settings('').cluster).toBeNull();
    expect(settings('', { MILLRACE_CLUSTER_PROCESS: 'a' }).cluster).toBeNull();
    const { process, ...cluster } = settings('cluster: { name: plant }').cluster!;
    expect(cluster).toEqual({ name: 'plant', shares: 8, replicas: 1 });
    expect(process).toMatch(/^[\w-]{1,64}$/);
    const own = settings('cluster: { name: plant, shares: 16, replicas: 3 }', { MILLRACE_CLUSTER_PROCESS: 'b' });
    expect(own.cluster).toEqual({ name: 'plant', process: 'b', shares: 16, replicas: 3 });
    const error = mistakesOf(() => checked('cluster: { shares: 4 }', {}));
    expect(error.diagnostics.map(({ message }) => message)).toEqual([
      'cluster.shares is of a cluster, and there is no cluster.name',
    ]);
  });

  test('those of servers are those of the connectors', () => {
    const { nats, questdb } = settings(`
nats:
  servers: nats://a:1
  user: u
  password: p
  tls: { ca: /ca.pem, cert: /c.pem, key: /k.pem }
  streams: { "plant.>": PLANT }
  actions: actions.>
  maxWaitingBytes: 1MB
  maxWaitingMessages: 4k
  tickEvery: 250ms
questdb: { url: "https://q:9000", token: t, tls: { ca: /ca.pem, cert: /c.pem } }
`);
    expect(nats).toEqual({
      name: 'millrace',
      servers: ['nats://a:1'],
      login: { kind: 'password', user: 'u', password: 'p' },
      tls: { caFile: '/ca.pem', certFile: '/c.pem', keyFile: '/k.pem' },
      streams: { 'plant.>': 'PLANT' },
      actions: 'actions.>',
      maxWaitingBytes: 1_000_000,
      maxWaitingMessages: 4_000,
      tickEveryMs: 250,
    });
    expect(questdb).toEqual({
      url: 'https://q:9000',
      token: 't',
      tls: { caFile: '/ca.pem', certificateFile: '/c.pem' },
    });
  });

  test('paths start at the folder of the file, where there are defaults too', () => {
    const folder = folderWith({ 'millrace.yaml': 'state: kept\nstore: duckdb\nrules: ../rules\n' });
    const read = readSettings(join(folder, 'millrace.yaml'));
    expect(read.stateDirectory).toBe(join(folder, 'kept'));
    expect(read.store).toBe(`duckdb:${join(folder, '.millrace/store.duckdb')}`);
    expect(read.journal.directory).toBe(join(folder, '.millrace/journal'));
    expect(read.rulesDirectory).toBe(join(folder, '../rules'));
  });

  test('a setting without a value is not there', () => {
    expect(settings('state:\nnats:\n  user:\nworkers: 2')).toMatchObject({ stateDirectory: null, workers: 2 });
  });
});

describe('the environment', () => {
  test('wins over the file', () => {
    const environment = {
      MILLRACE_NATS_URL: 'nats://b:1,nats://c:1',
      MILLRACE_NATS_TOKEN: 'secret',
      MILLRACE_QUESTDB_PASSWORD: '12345', // not a number
      MILLRACE_HTTP_PORT: '0',
      MILLRACE_JOURNAL_MAX_SIZE: '5MB',
      MILLRACE_STATE: 'here',
      MILLRACE_NATS_STREAMS: '{ "a.>": A }',
      MILLRACE_KEYS: '',
    };
    const file = 'nats: { servers: ["nats://a:1"], token: written }\nstate: there\nhttp: { port: 1 }\nkeys: 5k';
    expect(settings(file, environment)).toMatchObject({
      nats: {
        servers: ['nats://b:1', 'nats://c:1'],
        login: { kind: 'token', token: 'secret' },
        streams: { 'a.>': 'A' },
      },
      questdb: { password: '12345' },
      http: { port: 0 },
      journal: { maxBytes: 5_000_000 },
      stateDirectory: join(process.cwd(), 'here'),
      maxKeys: 5_000,
    });
  });

  test('has a variable of its own for each setting', () => {
    const names = SettingsSchema.get().settings().map(variableOf);
    expect(names).toContain('MILLRACE_NATS_MAX_WAITING_BYTES');
    expect(new Set(names).size).toBe(names.length);
    expect(names.every(name => /^[A-Z_]+$/.test(name))).toBe(true);
  });
});

describe('secrets from files', () => {
  const folder = () => folderWith({ password: 'from a file\n', token: 'from the environment' });

  test('relative to the settings, or named by the environment', () => {
    const directory = folder();
    const text = 'nats: { user: me, password: { file: password } }\nquestdb: { token: { file: nowhere } }';
    const environment = { MILLRACE_QUESTDB_TOKEN_FILE: join(directory, 'token') };
    const read = settings(text, environment, directory);
    expect(read.nats.login).toEqual({ kind: 'password', user: 'me', password: 'from a file' });
    expect(read.questdb.token).toBe('from the environment');
  });

  test('a short token is refused there too', () => {
    const error = mistakesOf(() => checked('http: { token: { file: password } }', {}, 'millrace.yaml', folder()));
    expect(error.message).toBe('what the file of http.token holds is shorter than 16 characters');
  });
});

test.each(['actions.>.more', 'actions..x', '.actions', 'act ions', 'act*', '7'])('%s is no subject', actions => {
  const error = mistakesOf(() => checked(`nats: { actions: ${actions} }`, {}));
  expect(error.message).toBe('nats.actions is not a subject');
});

test('every setting says what it is, what for, and has an example that it takes', () => {
  const schema = SettingsSchema.get();
  for (const path of schema.settings()) {
    const { title, examples } = schema.find(path)!;
    expect(title).not.toBe('');
    expect(examples, path.join('.')).toHaveLength(1);
    const values = path.reduceRight<unknown>((value, name) => ({ [name]: value }), examples![0]);
    expect(schema.check(values), path.join('.')).toEqual([]);
  }
});

test('the page of settings is that of the schema', () => {
  if (process.env['UPDATE']) writeFileSync(SETTINGS_PAGE, settingsPage());
  expect(readFileSync(SETTINGS_PAGE, 'utf8')).toBe(settingsPage());
});

function settings(text: string, environment: NodeJS.ProcessEnv = {}, directory = process.cwd()): Settings {
  return checked(text, environment, 'millrace.yaml', directory);
}

function checked(
  text: string,
  environment: NodeJS.ProcessEnv,
  file = 'millrace.yaml',
  directory = process.cwd(),
): Settings {
  return settingsOf(new CheckedSettings({ file, text, directory, environment }));
}

function mistakesOf(read: () => unknown): SettingsError {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('there is no mistake');
}
