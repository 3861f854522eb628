import { type BigIntStats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ruleTextOf } from '../../../dsl/parse/rule-text.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { RuleSet } from './rule-set.ts';

/** The rule files (`.mill`) in a folder and those below it, but for hidden ones. */
export class RuleFolder {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** What they say. Errors: MR7065. */
  async read(): Promise<RuleSet> {
    const roots = await this.#paths();
    const files: Record<string, string> = {};
    for (const path of roots) files[path] = await this.#text(path);
    return { files, roots };
  }

  /** Equal: nobody has written to one, removed or added one. Files that they include from elsewhere do not count. */
  async state(): Promise<string> {
    try {
      const found = await Promise.all(
        (await this.#paths()).map(async path => `${path} ${shown(await this.#stat(path))}`),
      );
      return found.join('\n');
    } catch {
      return 'unreadable'; // whoever reads it is told why
    }
  }

  /** Resolves when it is no longer in this state, and has stayed the same for a moment; or when the signal aborts. */
  async changed(from: string, signal: AbortSignal): Promise<void> {
    let before = from;
    for (;;) {
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const now = await this.state();
      if (now !== from && now === before) return; // who writes a file has to come to an end
      before = now;
    }
  }

  async #paths(): Promise<readonly string[]> {
    try {
      const names = await readdir(this.directory, { recursive: true });
      const paths = names.map(name => name.replaceAll(sep, '/'));
      return paths.filter(path => path.endsWith('.mill') && !path.split('/').some(name => name.startsWith('.'))).sort();
    } catch (error) {
      throw unreadable(this.directory, error);
    }
  }

  async #text(path: string): Promise<string> {
    try {
      const text = ruleTextOf(await readFile(join(this.directory, path)));
      if (text === null) throw new Error('it is not text in UTF-8');
      return text;
    } catch (error) {
      throw unreadable(join(this.directory, path), error);
    }
  }

  async #stat(path: string): Promise<BigIntStats> {
    return await stat(join(this.directory, path), { bigint: true });
  }
}

function shown({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs}`;
}

function unreadable(path: string, error: unknown): MillraceError {
  return new MillraceError('MR7065', `the rules cannot be read: ${(error as Error).message}`, {
    hint: `\`rules\` in the settings names the folder of rule files; this is about ${path}`,
    domain: 'external',
    cause: error,
  });
}

const LOOK_EVERY_MS = 250;
