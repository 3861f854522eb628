import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import type { ReadFile, RuleText } from '../dsl/parse/parse-files.ts';
import { ruleTextOf } from '../dsl/parse/rule-text.ts';
import { MillraceError } from '../engine/errors.ts';

/** Rules as a program has them: their text, or the files that they stand in. */
export type Rules = string | { readonly files: readonly string[] };

/** What places in a text without a file are called; what it includes is looked for in the working directory. */
const TEXT_FILE = 'rules.mill';

/** The texts that one compilation reads, each once. */
export class RuleTexts {
  /** What the compiler takes. */
  readonly program: RuleText & { readonly others: readonly RuleText[] };
  readonly #texts = new Map<string, RuleText>(); // by absolute path

  /** Errors: MR7001 one of the files cannot be read. */
  constructor(rules: Rules) {
    const files = typeof rules === 'string' ? [] : rules.files.map(file => this.#named(normalize(file)));
    const [first = { file: TEXT_FILE, text: typeof rules === 'string' ? rules : '' }, ...others] = files;
    this.program = { ...first, others };
  }

  readonly read: ReadFile = (path, fromFile) => {
    try {
      return this.#read(isAbsolute(path) ? normalize(path) : join(dirname(fromFile), path));
    } catch {
      return undefined; // the compiler says where it is included
    }
  };

  readonly textOf = (file: string): string | undefined =>
    this.#texts.get(resolve(file))?.text ?? (file === this.program.file ? this.program.text : undefined);

  #named(file: string): RuleText {
    try {
      return this.#read(file);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const hint = `the working directory is ${process.cwd()}`;
      throw new MillraceError('MR7001', `${file} cannot be read: ${message}`, { hint, cause: error });
    }
  }

  #read(file: string): RuleText {
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
