import { createHash } from 'node:crypto';
import { posix } from 'node:path';

/** The texts of a program: rule files, and what they include, by their paths from the folder of rules, with `/`. */
export type RuleSet = {
  readonly files: Readonly<Record<string, string>>;
  /** Files that belong to it by themselves; the others are included. Sorted. */
  readonly roots: readonly string[];
};

/** Equal for the same texts. */
export function digestOf(set: RuleSet): string {
  return createHash('sha256').update(textOfSet(set)).digest('hex');
}

export function isSameRuleSet(a: RuleSet, b: RuleSet): boolean {
  return textOfSet(a) === textOfSet(b);
}

/** Where a path that `fromFile` includes leads. */
export function includedPath(path: string, fromFile: string): string {
  return posix.isAbsolute(path) ? posix.normalize(path) : posix.join(posix.dirname(fromFile), path);
}

function textOfSet({ files, roots }: RuleSet): string {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([roots, sorted]);
}
