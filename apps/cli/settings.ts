import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { CommandLineError } from './command-line-error.ts';

const SETTINGS_FILE = 'millrace.yaml';

/** What `millrace.yaml` in the working directory says; the command line wins over it. */
export type Settings = {
  /** Folder of the state between runs, absolute; null: nothing is kept. */
  readonly stateDirectory: string | null;
};

export function readSettings(): Settings {
  if (!existsSync(SETTINGS_FILE)) return { stateDirectory: null };
  const settings = parseSettings(readFileSync(SETTINGS_FILE, 'utf8'));
  for (const name of Object.keys(settings)) {
    if (name !== 'state') throw wrongSettings(`${name} is not a setting`, 'the settings are: state');
  }
  const state = settings.state ?? null;
  if (state !== null && typeof state !== 'string')
    throw wrongSettings('state is not a folder', 'for example `state: .millrace`');
  return { stateDirectory: state === null ? null : resolve(state) };
}

function parseSettings(text: string): Record<string, unknown> {
  let settings: unknown;
  try {
    settings = parse(text) ?? {};
  } catch (error) {
    throw wrongSettings((error as Error).message.split('\n')[0]!, 'it is a YAML file with one setting a line');
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw wrongSettings('it holds no settings', 'for example `state: .millrace`');
  }
  return settings as Record<string, unknown>; // an object that is no array, as just checked
}

function wrongSettings(what: string, hint: string): CommandLineError {
  return new CommandLineError('MR7004', `${SETTINGS_FILE}: ${what}`, hint);
}
