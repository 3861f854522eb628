import type { Span } from '../../dsl/diagnostics.ts';
import { yaml } from './readers.ts';
import type { SettingPath, SettingSchema, SettingsSchema } from './settings-schema.ts';

/** What the environment says over the settings file: `MILLRACE_HTTP_PORT` is `http.port`. */
export type EnvironmentSettings = {
  readonly found: readonly { readonly path: SettingPath; readonly value: unknown; readonly span: Span }[];
  /** The variables, one a line, as a file that spans are in. */
  readonly file: string;
  readonly text: string;
};

/**
 * Each setting has a variable: its name in capitals behind `MILLRACE_`, with `_` where a group or a word begins. Of a secret,
 * that name with `_FILE` names the file that holds it. An empty variable says nothing. Lists are separated by commas; what
 * is no text is as in YAML.
 */
export function environmentSettings(environment: NodeJS.ProcessEnv, schema: SettingsSchema): EnvironmentSettings {
  const found: { path: SettingPath; value: unknown; span: Span }[] = [];
  let text = '';
  const add = (path: SettingPath, { name, value }: { readonly name: string; readonly value: unknown }) => {
    const start = text.length + name.length + 1;
    const shown = environment[name]!.replaceAll(/[\r\n]/g, ' ');
    text += `${name}=${shown}\n`;
    found.push({ path, value, span: { file: ENVIRONMENT, start, end: start + shown.length } });
  };
  for (const path of schema.settings()) {
    const setting = schema.find(path)!;
    const names = [variableOf(path), OLDER_NAMES.get(path.join('.'))].filter(name => name !== undefined);
    const name = names.find(each => environment[each]);
    if (name !== undefined) add(path, { name, value: valueOf(environment[name]!, setting) });
    const fileName = `${variableOf(path)}_FILE`;
    if (setting['x-secret'] === true && name === undefined && environment[fileName]) {
      add(path, { name: fileName, value: { file: environment[fileName] } });
    }
  }
  return { found, file: ENVIRONMENT, text };
}

export function variableOf(path: SettingPath): string {
  return ['MILLRACE', ...path.map(name => name.replaceAll(/[A-Z]/g, letter => `_${letter}`).toUpperCase())].join('_');
}

function valueOf(text: string, { type, ...setting }: SettingSchema): unknown {
  if (type === 'string' || setting['x-secret'] === true) return text;
  if (type.includes('array')) return text.split(',');
  try {
    return yaml().parse(text);
  } catch {
    return text;
  }
}

const ENVIRONMENT = '(environment)';
const OLDER_NAMES = new Map([['nats.servers', 'MILLRACE_NATS_URL']]);
