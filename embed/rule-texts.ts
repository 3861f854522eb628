import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import type { ReadFile } from '../dsl/parse/parse-files.ts';
import { ruleTextOf } from '../dsl/parse/rule-text.ts';
import { MillraceError } from '../engine/errors.ts';

/** Rules as a program has them: their text, or the files that they stand in. */
export type Rules = string | { readonly files: readonly string[] };

/** What places in a text without a file are called; what it includes is looked for in the working directory. */
const TEXT_FILE = 'rules.mill';
const ALL_FILES = '(all files)';

/** The texts that one compilation reads, each once. */
export class RuleTexts {
  readonly main: { readonly file: string; readonly text: string };
  readonly #files: readonly string[];
  readonly #texts = new Map<string, { readonly file: string; readonly text: string }>(); // by absolute path

  /** Errors: MR7001 one of the files cannot be read. */
  constructor(rules: Rules) {
    this.#files = typeof rules === 'string' ? [] : rules.files.map(file => normalize(file));
    const [first, ...others] = this.#files.map(file => this.#named(file));
    if (typeof rules === 'string') this.main = { file: TEXT_FILE, text: rules };
    else if (first !== undefined && others.length === 0) this.main = first;
    else this.main = { file: ALL_FILES, text: this.#files.map((_, index) => `include "${index}"`).join('\n') };
  }

  readonly read: ReadFile = (path, fromFile) => {
    if (fromFile === ALL_FILES) return this.#named(this.#files[Number(path)]!);
    try {
      return this.#read(isAbsolute(path) ? normalize(path) : join(dirname(fromFile), path));
    } catch {
      return undefined; // the compiler says where it is included
    }
  };

  readonly textOf = (file: string): string | undefined =>
    file === this.main.file ? this.main.text : this.#texts.get(resolve(file))?.text;

  #named(file: string): { readonly file: string; readonly text: string } {
    try {
      return this.#read(file);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const hint = `the working directory is ${process.cwd()}`;
      throw new MillraceError('MR7001', `${file} cannot be read: ${message}`, { hint, cause: error });
    }
  }

  #read(file: string): { readonly file: string; readonly text: string } {
    const path = resolve(file);
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const text = ruleTextOf(readFileSync(path));
    if (text === null) throw new Error('it is not text in UTF-8');
    const read = { file, text };
    this.#texts.set(path, read);
    return read;
  }
}
