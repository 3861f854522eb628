import { CommandLineError } from './command-line-error.ts';

export const SETTINGS_FILE = 'millrace.yaml';

/** The settings under one name, each known by its own name. */
export class SettingGroup {
  readonly #values: Record<string, unknown>;
  readonly #prefix: string;

  /** Errors: MR7004 where it is no mapping, or holds a setting that does not exist. */
  constructor(
    value: unknown,
    options: { readonly prefix: string; readonly known: readonly string[]; readonly example: string },
  ) {
    const { prefix, known, example } = options;
    const name = prefix === '' ? 'it' : prefix.slice(0, -1);
    const values = value ?? {};
    if (!isMapping(values)) throw wrongSettings(`${name} holds no settings`, `for example \`${example}\``);
    const unknown = Object.keys(values).find(setting => !known.includes(setting));
    if (unknown !== undefined) {
      const hint = `the settings are: ${known.map(setting => prefix + setting).join(', ')}`;
      throw wrongSettings(`${prefix}${unknown} is not a setting`, hint);
    }
    this.#values = values;
    this.#prefix = prefix;
  }

  /** As it stands there; undefined: it does not, or is empty. */
  raw(name: string): unknown {
    return this.#values[name] ?? undefined;
  }

  /** What `read` makes of it; undefined where it is not there. Errors: MR7004 where `read` gives null. */
  value<Value>(
    name: string,
    read: (value: unknown) => Value | null,
    { what, example }: { readonly what: string; readonly example: string },
  ): Value | undefined {
    const raw = this.raw(name);
    if (raw === undefined) return undefined;
    const value = read(raw);
    if (value === null) throw wrongSettings(`${this.#prefix}${name} is not ${what}`, `for example \`${example}\``);
    return value;
  }
}

export function wrongSettings(what: string, hint: string): CommandLineError {
  return new CommandLineError('MR7004', `${SETTINGS_FILE}: ${what}`, hint);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
