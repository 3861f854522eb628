import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { packageRoot } from '../cli/package-root.ts';
import { ajv } from './readers.ts';
import { bytesOf, countOf, usOf } from './setting-values.ts';

/** One setting, or a group of them, as docs/millrace.schema.json has it; only what is used of it here. */
export type SettingSchema = {
  /** Of a setting: what it is, `a duration`. A group has none. */
  readonly title?: string;
  readonly type: string | readonly string[];
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly examples?: readonly unknown[];
  /** A file or a folder, relative to the settings file. */
  readonly 'x-path'?: true;
  /** A text that is shown nowhere, or the file that holds it. */
  readonly 'x-secret'?: true;
};

export type SettingPath = readonly string[];

/**
 * The schema of millrace.yaml: the one list of settings there is, which is published and which the reader checks with. It is
 * read when first asked for.
 */
export class SettingsSchema {
  readonly #root: SettingSchema;
  #validate: ValidateFunction | undefined; // compiled when there is something to check
  static #only: SettingsSchema | undefined;

  static get(): SettingsSchema {
    return (this.#only ??= new SettingsSchema());
  }

  private constructor() {
    this.#root = JSON.parse(readFileSync(join(packageRoot, 'docs/millrace.schema.json'), 'utf8'));
  }

  /** What of these values the schema refuses. */
  check(values: unknown): readonly ErrorObject[] {
    if (isEmptyGroup(values)) return []; // which may leave out all settings
    const validate = (this.#validate ??= compile(this.#root));
    return validate(values) ? [] : validate.errors!;
  }

  find(path: SettingPath): SettingSchema | undefined {
    let schema: SettingSchema | undefined = this.#root;
    for (const name of path) schema = schema?.properties?.[name];
    return schema;
  }

  /** The setting that this place is in or is; undefined: it is a group. */
  settingAround(path: SettingPath): SettingPath | undefined {
    for (let length = 1; length <= path.length; length++) {
      const part = path.slice(0, length);
      if (isSetting(this.find(part))) return part;
    }
    return undefined;
  }

  /** Of a group: its settings and groups. */
  namesIn(group: SettingPath): readonly string[] {
    return Object.keys(this.find(group)?.properties ?? {});
  }

  /** All settings, in order. */
  settings(group: SettingPath = []): readonly SettingPath[] {
    return this.namesIn(group).flatMap(name => {
      const path = [...group, name];
      return isSetting(this.find(path)) ? [path] : this.settings(path);
    });
  }
}

function compile(schema: SettingSchema): ValidateFunction {
  const compiler = new (ajv().Ajv)({ allErrors: true, allowUnionTypes: true });
  compiler.addVocabulary(['x-at-least', 'x-path', 'x-secret']);
  compiler.addKeyword({ keyword: 'x-quantity', schemaType: 'string', validate: isQuantity, errors: false });
  return compiler.compile(schema);
}

function isEmptyGroup(values: unknown): boolean {
  return typeof values === 'object' && values !== null && !Array.isArray(values) && Object.keys(values).length === 0;
}

function isSetting(schema: SettingSchema | undefined): boolean {
  return schema?.title !== undefined;
}

type QuantityKind = keyof typeof QUANTITIES;

function isQuantity(kind: QuantityKind, value: unknown, schema: { readonly 'x-at-least'?: string } = {}): boolean {
  const amount = QUANTITIES[kind](value);
  const least = schema['x-at-least'];
  return amount !== null && (least === undefined || amount >= QUANTITIES[kind](least)!);
}

const QUANTITIES = { duration: usOf, size: bytesOf, count: countOf };
