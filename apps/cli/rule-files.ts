import { readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import type { ReadFile, RuleText } from '../../dsl/parse/parse-files.ts';
import { ruleTextOf } from '../../dsl/parse/rule-text.ts';
import { CommandLineError } from './command-line-error.ts';

/** Where the texts of rule files are. */
export type RuleFilePlace = {
  /** Of a file that the command line names. Throws what is told where it cannot be read. */
  named(file: string): string;
  /** Of one that another includes; undefined: it cannot be read. Throws where it is not text. */
  included(file: string): string | undefined;
};

/** Rule files and what they include, each read once and named as the user named it. */
export class RuleFiles {
  /** Those of the command line. */
  readonly files: readonly string[];
  readonly #texts = new Map<string, string>(); // by name
  readonly #names = new Map<string, string>(); // by absolute path
  readonly #place: RuleFilePlace;

  /** Throws where one of the files cannot be read. */
  constructor(files: readonly string[], place: RuleFilePlace = ON_DISK) {
    this.#place = place;
    this.files = files.map(file => normalize(file));
    for (const file of this.files) this.#add(file, place.named(file));
  }

  /** What the compiler takes: the first file, and the others. */
  get program(): RuleText & { readonly others: readonly RuleText[] } {
    const [first, ...others] = this.files.map(file => this.#found(file));
    return { ...first!, others };
  }

  readonly read: ReadFile = (path, fromFile) => {
    const file = isAbsolute(path) ? normalize(path) : join(dirname(fromFile), path);
    if (!this.#names.has(resolve(file))) {
      const text = this.#place.included(file);
      if (text === undefined) return undefined; // the compiler says where it is included
      this.#add(file, text);
    }
    return this.#found(file);
  };

  /** All that were read, by name. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  readonly textOf = (name: string): string | undefined => this.#texts.get(name);

  #add(file: string, text: string): void {
    const path = resolve(file);
    if (this.#names.has(path)) return;
    this.#names.set(path, file);
    this.#texts.set(file, text);
  }

  #found(file: string): RuleText {
    const name = this.#names.get(resolve(file))!;
    return { file: name, text: this.#texts.get(name)! };
  }
}

export function readRuleFile(file: string): string {
  if (DATA_FILE.test(file)) {
    throw new CommandLineError(
      'MR7011',
      `${file} is data, not rules`,
      `name the rules, and the stream that reads it: millrace run RULES.mill --source NAME=${file}; without rules yet: millrace new DIR --data ${file}`,
    );
  }
  try {
    return readText(file);
  } catch (error) {
    if (error instanceof CommandLineError) throw error;
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

const ON_DISK: RuleFilePlace = {
  named: readRuleFile,
  included: file => {
    try {
      return readText(file);
    } catch (error) {
      if (error instanceof CommandLineError) throw error;
      return undefined;
    }
  },
};

function readText(file: string): string {
  return decodedText(readFileSync(file), file);
}

/** Errors: MR7001. */
export function decodedText(bytes: Buffer, file: string): string {
  const text = ruleTextOf(bytes);
  if (text !== null) return text;
  throw new CommandLineError('MR7001', `${file} is not text in UTF-8`, 'is it a rule file? Save it as UTF-8');
}

function unreadable(file: string, error: NodeJS.ErrnoException): CommandLineError {
  switch (error.code) {
    case 'ENOENT':
      return new CommandLineError('MR7001', `there is no file ${file}`, `the working directory is ${process.cwd()}`);
    case 'EISDIR':
      return new CommandLineError('MR7001', `${file} is a folder`, folderHint(file));
    default:
      return new CommandLineError('MR7001', `${file} cannot be read: ${error.message}`);
  }
}

function folderHint(folder: string): string {
  const rules = readdirSync(folder)
    .filter(name => name.endsWith('.mill'))
    .sort();
  if (rules.length === 0) return 'name rule files; there is no .mill file in it';
  return `name the rule files in it: ${rules.length > 3 ? join(folder, '*.mill') : rules.map(name => join(folder, name)).join(' ')}`;
}

const DATA_FILE = /\.(csv|tsv|json|jsonl|ndjson|parquet)(\.(gz|zst))?$|\.(gz|zst)$/i;
