import { spawnSync } from 'node:child_process';
import { dirname, relative, sep } from 'node:path';
import { CommandLineError } from '../command-line-error.ts';
import { decodedText, type RuleFilePlace } from '../rule-files.ts';

/** Rule files as they were in a revision of the git repository that they are in now. */
export class GitTexts implements RuleFilePlace {
  readonly #revision: string;
  readonly #folder: string; // in the repository
  readonly #commit: string;

  /** `file`: one of those in question. Errors: MR7360. */
  constructor(revision: string, file: string) {
    this.#revision = revision;
    this.#folder = dirname(file);
    const found = this.#git(['rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`]);
    if (found.text === null) {
      throw new CommandLineError(
        'MR7360',
        `git does not find ${JSON.stringify(revision)} in ${this.#folder}`,
        found.reason,
      );
    }
    this.#commit = found.text.toString('latin1').trim();
  }

  named(file: string): string {
    const { text, reason } = this.#show(file);
    if (text !== null) return decodedText(text, `${this.#revision}:${file}`);
    throw new CommandLineError('MR7360', `${file} cannot be read in ${this.#revision}`, reason);
  }

  included(file: string): string | undefined {
    const { text } = this.#show(file);
    return text === null ? undefined : decodedText(text, `${this.#revision}:${file}`);
  }

  #show(file: string): Shown {
    const path = relative(this.#folder, file).replaceAll(sep, '/');
    return this.#git(['cat-file', 'blob', `${this.#commit}:./${path}`]); // relative to the folder, for git as well
  }

  #git(words: readonly string[]): Shown {
    const result = spawnSync('git', ['-C', this.#folder, ...words], { maxBuffer: MAX_BYTES });
    if (result.status === 0) return { text: result.stdout, reason: '' };
    if (result.error !== undefined) return { text: null, reason: `git cannot be run: ${result.error.message}` };
    return { text: null, reason: `git says: ${result.stderr.toString('utf8').trim().split('\n')[0] ?? ''}` };
  }
}

/** `text` null: there is none, for this reason. */
type Shown = { readonly text: Buffer | null; readonly reason: string };

const MAX_BYTES = 64 * 2 ** 20;
