import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ErrorObject } from 'ajv';
import { closestName } from '../../connectors/codecs/closest-name.ts';
import type { Diagnostic, Span } from '../../dsl/diagnostics.ts';
import { assert } from '../../engine/errors.ts';
import { type EnvironmentSettings, environmentSettings } from './environment-settings.ts';
import { hideSecrets } from './hide-secrets.ts';
import { bytesOf, countOf, usOf } from './setting-values.ts';
import { SettingsError } from './settings-error.ts';
import { type SettingPath, SettingsSchema } from './settings-schema.ts';
import { SettingsText } from './settings-text.ts';

export type SettingsInput = {
  /** Under which its mistakes are told. */
  readonly file: string;
  readonly text: string;
  /** Where its relative paths start; those of the environment start at the working directory. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
};

/** Settings that the schema takes, by their names: `nats.user`. What else is wrong is added with `refuse`. */
export class CheckedSettings {
  readonly #schema = SettingsSchema.get();
  readonly #directory: string;
  readonly #written: SettingsText;
  readonly #environment: EnvironmentSettings;
  readonly #values: unknown;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #unknown: Span[] = []; // values of settings that do not exist: they may be secrets with a wrong name

  constructor({ file, text, directory, environment }: SettingsInput) {
    this.#directory = directory;
    this.#written = new SettingsText(file, text);
    this.#environment = environmentSettings(environment, this.#schema);
    for (const { message, span } of this.#written.mistakes) {
      this.#add({ message, span, hint: 'it is a YAML file with one setting a line' });
    }
    this.#values = this.#written.mistakes.length > 0 ? {} : this.#merged();
    const told = new Set<string>();
    for (const error of this.#schema.check(this.#values)) {
      const place = pathOf(error);
      const name = (this.#schema.settingAround(place) ?? place).join('.');
      if (told.has(name)) continue; // a value is told once, whatever is wrong with it
      if (error.keyword !== 'additionalProperties' || this.#schema.settingAround(place) !== undefined) told.add(name);
      this.#refuseBySchema(error, place);
    }
  }

  text(name: string): string | undefined {
    return this.raw(name) as string | undefined; // as: the schema says so
  }

  /** Microseconds. */
  us(name: string): number | undefined {
    return this.#read(name, usOf);
  }

  bytes(name: string): number | undefined {
    return this.#read(name, bytesOf);
  }

  count(name: string): number | undefined {
    return this.#read(name, countOf);
  }

  /** Absolute. */
  path(name: string, fallback?: string): string | undefined {
    const path = this.text(name);
    if (path === undefined) return fallback === undefined ? undefined : resolve(this.#directory, fallback);
    return resolve(this.directoryOf(name), path);
  }

  /** Where it is relative to, if it is a path. */
  directoryOf(name: string): string {
    return this.#isOfEnvironment(name.split('.')) ? process.cwd() : this.#directory;
  }

  /** The text itself, or what the file that it names holds. */
  secret(name: string, { minLength = 1 }: { readonly minLength?: number } = {}): string | undefined {
    const value = this.raw(name) as string | { readonly file: string } | undefined; // as: the schema says so
    if (value === undefined || typeof value === 'string') return value;
    const path = resolve(this.directoryOf(name), value.file);
    try {
      const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      if (text.length >= minLength) return text;
      this.refuse(name, `what the file of ${name} holds is shorter than ${minLength} characters`);
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      this.refuse(name, `the file of ${name} cannot be read (${code})`, `it is ${path}`);
    }
    return undefined;
  }

  /** Undefined where it is not there, or wrong. */
  raw(name: string): unknown {
    const path = name.split('.');
    assert(this.#schema.settingAround(path)?.length === path.length, `${name} is no setting`);
    if (this.#isRefused(path)) return undefined;
    return valueAt(this.#values, path);
  }

  /** Something is wrong with it that the schema cannot say. */
  refuse(name: string, message: string, hint?: string): void {
    this.#add({ message, span: this.#spanOf(name.split('.')), ...(hint === undefined ? {} : { hint }) });
  }

  /** Errors: MR7004, of all that is wrong. */
  end(): void {
    if (this.#diagnostics.length === 0) return;
    const sorted = this.#diagnostics.toSorted(
      (a, b) =>
        Number(a.span.file !== this.#written.file) - Number(b.span.file !== this.#written.file) ||
        a.span.start - b.span.start,
    );
    throw new SettingsError(sorted, file => this.#shownText(file));
  }

  /** The environment's over the file's, of which those without a value are as if they were not there. */
  #merged(): unknown {
    const values = this.#withoutNulls(this.#written.values, []);
    return this.#environment.found.reduce<unknown>((merged, { path, value }) => withValue(merged, path, value), values);
  }

  #withoutNulls(value: unknown, path: SettingPath): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const members = Object.entries(value).flatMap(([name, member]) => {
      const at = [...path, name];
      if (this.#schema.find(at) === undefined) return [[name, member]];
      return member === null ? [] : [[name, this.#withoutNulls(member, at)]];
    });
    return Object.fromEntries(members);
  }

  #refuseBySchema(error: ErrorObject, place: SettingPath): void {
    const setting = this.#schema.settingAround(place);
    if (setting !== undefined) {
      const { title, examples = [] } = this.#schema.find(setting)!;
      const example = `${setting.at(-1)}: ${shownYaml(examples[0])}`;
      this.#add({
        message: `${setting.join('.')} is not ${title}`,
        span: this.#spanOf(setting),
        hint: `for example \`${example}\``,
      });
    } else if (error.keyword === 'additionalProperties') {
      const name = String(error.params['additionalProperty']);
      const path = [...place, name];
      this.#unknown.push(this.#written.spanOf(path));
      const known = this.#schema.namesIn(place);
      const guess = closestName(name, known);
      const all = `the settings are: ${known.map(each => [...place, each].join('.')).join(', ')}`;
      const hint = guess === undefined ? all : `did you mean \`${guess}\`?`;
      this.#add({ message: `${path.join('.')} is not a setting`, span: this.#written.spanOfName(path), hint });
    } else {
      const known = this.#schema.namesIn(place).map(each => [...place, each].join('.'));
      this.#add({
        message: `${place.length === 0 ? 'it' : place.join('.')} holds no settings`,
        span: this.#written.spanOf(place),
        hint: `those that it may hold are: ${known.join(', ')}`,
      });
    }
  }

  #add(diagnostic: Pick<Diagnostic, 'message' | 'span' | 'hint'>): void {
    this.#diagnostics.push({ code: 'MR7004', severity: 'error', ...diagnostic });
  }

  #read(name: string, read: (value: unknown) => number | null): number | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : read(value)!;
  }

  #isRefused(path: SettingPath): boolean {
    const { file, start } = this.#spanOf(path);
    return this.#diagnostics.some(({ span }) => span.file === file && span.start === start);
  }

  #isOfEnvironment(path: SettingPath): boolean {
    return this.#environment.found.some(found => found.path.join('.') === path.join('.'));
  }

  #spanOf(path: SettingPath): Span {
    const found = this.#environment.found.find(each => each.path.join('.') === path.join('.'));
    return found?.span ?? this.#written.spanOf(path);
  }

  /** Not where a file holds it. */
  #isWrittenSecret(path: SettingPath): boolean {
    if (this.#schema.find(path)?.['x-secret'] !== true) return false;
    const value = valueAt(this.#written.values, path);
    return value !== undefined && value !== null && typeof value !== 'object';
  }

  #shownText(file: string): string | undefined {
    if (file === this.#environment.file) return hideSecrets(this.#environment.text, []);
    if (file !== this.#written.file) return undefined;
    const secrets = this.#schema.settings().filter(path => this.#isWrittenSecret(path));
    return hideSecrets(this.#written.text, [...this.#unknown, ...secrets.map(path => this.#written.spanOf(path))]);
  }
}

/** Of what it is about; of a name that does not exist, the group. */
function pathOf({ instancePath }: ErrorObject): SettingPath {
  const parts = instancePath.split('/').slice(1);
  return parts.map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What is no group stays as it is: it is told. */
function withValue(values: unknown, [name, ...rest]: SettingPath, value: unknown): unknown {
  if (name === undefined) return value;
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return values;
  const members = values as Readonly<Record<string, unknown>>; // as: checked
  return { ...members, [name]: withValue(members[name] ?? {}, rest, value) };
}

function valueAt(values: unknown, path: SettingPath): unknown {
  let value = values;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name]; // as: it has it
  }
  return value;
}

/** On one line. */
function shownYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(each => JSON.stringify(each)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return isPlain(value) ? String(value) : JSON.stringify(value);
  const members = Object.entries(value).map(([name, each]) => `${isPlain(name) ? name : `"${name}"`}: ${each}`);
  return `{ ${members.join(', ')} }`;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'string' || /^[\w./-]+$/.test(value);
}
