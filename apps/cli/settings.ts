import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { CommandLineError } from './command-line-error.ts';
import { bytesOf, usOf } from './setting-values.ts';

const SETTINGS_FILE = 'millrace.yaml';

/** What `millrace.yaml` in the working directory says; the command line wins over it. */
export type Settings = {
  /** Folder of the state between runs, absolute; null: nothing is kept. */
  readonly stateDirectory: string | null;
  readonly journal: JournalSettings;
};

export type JournalSettings = {
  /** Folder of the journals, absolute. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeUs: number;
};

export function readSettings(): Settings {
  const settings = existsSync(SETTINGS_FILE) ? parseSettings(readFileSync(SETTINGS_FILE, 'utf8')) : {};
  requireNames(settings, ['state', 'journal'], '');
  const state = settings['state'] ?? null;
  if (state !== null && typeof state !== 'string')
    throw wrongSettings('state is not a folder', 'for example `state: .millrace`');
  return { stateDirectory: state === null ? null : resolve(state), journal: journalSettings(settings['journal']) };
}

function journalSettings(journal: unknown): JournalSettings {
  const settings = journal ?? {};
  if (!isMapping(settings)) throw wrongSettings('journal holds no settings', `for example \`${JOURNAL_EXAMPLE}\``);
  requireNames(settings, ['directory', 'maxSize', 'maxAge'], 'journal.');
  const { directory = '.millrace/journal', maxSize = '1GiB', maxAge = '7d' } = settings;
  if (typeof directory !== 'string')
    throw wrongSettings('journal.directory is not a folder', 'for example `directory: .millrace/journal`');
  const maxBytes = bytesOf(maxSize);
  if (maxBytes === null || maxBytes < LEAST_BYTES)
    throw wrongSettings('journal.maxSize is not a size of at least 1MB', 'for example `maxSize: 500MB`');
  const maxAgeUs = usOf(maxAge);
  if (maxAgeUs === null) throw wrongSettings('journal.maxAge is not a duration', 'for example `maxAge: 7d`');
  return { directory: resolve(directory), maxBytes, maxAgeUs };
}

function requireNames(settings: Record<string, unknown>, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(settings).find(name => !known.includes(name));
  if (unknown === undefined) return;
  const hint = `the settings are: ${known.map(name => prefix + name).join(', ')}`;
  throw wrongSettings(`${prefix}${unknown} is not a setting`, hint);
}

function parseSettings(text: string): Record<string, unknown> {
  let settings: unknown;
  try {
    settings = parse(text) ?? {};
  } catch (error) {
    throw wrongSettings((error as Error).message.split('\n')[0]!, 'it is a YAML file with one setting a line');
  }
  if (!isMapping(settings)) throw wrongSettings('it holds no settings', 'for example `state: .millrace`');
  return settings;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongSettings(what: string, hint: string): CommandLineError {
  return new CommandLineError('MR7004', `${SETTINGS_FILE}: ${what}`, hint);
}

const JOURNAL_EXAMPLE = 'journal: { maxSize: 1GB, maxAge: 7d }';
const LEAST_BYTES = 1_000_000;
