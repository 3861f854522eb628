import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { NatsSettings } from '../../connectors/nats/nats-settings.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { StateBudgets } from '../../engine/runtime/state-budget.ts';
import { natsSettings, questDbSettings } from './server-settings.ts';
import { SETTINGS_FILE, SettingGroup, wrongSettings } from './setting-group.ts';
import { bytesOf, countOf, textOf, usOf } from './setting-values.ts';
import { workersOf, WORKERS_FORM, type WorkersSetting } from './worker-count.ts';

/** What `millrace.yaml` in the working directory says; the command line wins over it. */
export type Settings = {
  /** Folder of the state between runs, absolute; null: nothing is kept. */
  readonly stateDirectory: string | null;
  readonly workers: WorkersSetting;
  /** How many keys each stream may have; undefined: the engine's default. */
  readonly maxKeys: number | undefined;
  /** Undefined: the engine's default. */
  readonly checkpointEveryMs: number | undefined;
  /** What state may take in memory; undefined: anything. */
  readonly budgets: StateBudgets | undefined;
  readonly journal: JournalSettings;
  readonly nats: NatsSettings;
  readonly questdb: QuestDbSettings;
  /** Where series are stored; undefined: nothing is said. */
  readonly store: string | undefined;
};

export type JournalSettings = {
  /** Folder of the journals, absolute. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeUs: number;
};

export function readSettings(): Settings {
  const text = existsSync(SETTINGS_FILE) ? readFileSync(SETTINGS_FILE, 'utf8') : '';
  const settings = new SettingGroup(parsed(text), {
    prefix: '',
    known: ['state', 'workers', 'keys', 'checkpoint', 'memory', 'journal', 'nats', 'questdb', 'store'],
    example: 'state: .millrace',
  });
  const state = settings.value('state', textOf, { what: 'a folder', example: 'state: .millrace' });
  return {
    stateDirectory: state === undefined ? null : resolve(state),
    workers: settings.value('workers', workersOf, { what: WORKERS_FORM, example: 'workers: 4' }) ?? 'auto',
    maxKeys: settings.value('keys', countOf, { what: 'a number of keys', example: 'keys: 5M' }),
    checkpointEveryMs: checkpointEveryMs(settings.raw('checkpoint')),
    budgets: budgets(settings.raw('memory')),
    journal: journalSettings(settings.raw('journal')),
    nats: natsSettings(settings.raw('nats'), process.env),
    questdb: questDbSettings(settings.raw('questdb'), process.env),
    store: settings.value('store', textOf, { what: 'a store', example: 'store: questdb' }),
  };
}

function checkpointEveryMs(checkpoint: unknown): number | undefined {
  const settings = new SettingGroup(checkpoint, {
    prefix: 'checkpoint.',
    known: ['every'],
    example: 'checkpoint: { every: 10s }',
  });
  const everyUs = settings.value('every', usOf, { what: 'a duration', example: 'every: 10s' });
  return everyUs === undefined ? undefined : everyUs / 1000;
}

function budgets(memory: unknown): StateBudgets | undefined {
  const settings = new SettingGroup(memory, {
    prefix: 'memory.',
    known: ['total', 'rule'],
    example: 'memory: { total: 2GB, rule: 256MB }',
  });
  const totalBytes = settings.value('total', bytesOf, { what: 'a size', example: 'total: 2GB' });
  const ruleBytes = settings.value('rule', bytesOf, { what: 'a size', example: 'rule: 256MB' });
  if (totalBytes === undefined && ruleBytes === undefined) return undefined;
  return { totalBytes: totalBytes ?? Infinity, ruleBytes: ruleBytes ?? Infinity };
}

function journalSettings(journal: unknown): JournalSettings {
  const settings = new SettingGroup(journal, {
    prefix: 'journal.',
    known: ['directory', 'maxSize', 'maxAge'],
    example: 'journal: { maxSize: 1GB, maxAge: 7d }',
  });
  const directory = settings.value('directory', textOf, {
    what: 'a folder',
    example: `directory: ${JOURNAL_DIRECTORY}`,
  });
  const maxBytes = settings.value('maxSize', journalBytes, {
    what: 'a size of at least 1MB',
    example: 'maxSize: 500MB',
  });
  const maxAgeUs = settings.value('maxAge', usOf, { what: 'a duration', example: 'maxAge: 7d' });
  return {
    directory: resolve(directory ?? JOURNAL_DIRECTORY),
    maxBytes: maxBytes ?? GIBIBYTE,
    maxAgeUs: maxAgeUs ?? WEEK_US,
  };
}

function journalBytes(value: unknown): number | null {
  const bytes = bytesOf(value);
  return bytes !== null && bytes >= LEAST_JOURNAL_BYTES ? bytes : null;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw wrongSettings((error as Error).message.split('\n')[0]!, 'it is a YAML file with one setting a line');
  }
}

const JOURNAL_DIRECTORY = '.millrace/journal';
const LEAST_JOURNAL_BYTES = 1_000_000;
const GIBIBYTE = 2 ** 30;
const WEEK_US = 604_800e6;
