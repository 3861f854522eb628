import { dirname, relative, resolve, sep } from 'node:path';
import type { RuleSet } from '../../server/rules/rule-set.ts';
import type { RuleFiles } from '../rule-files.ts';

/** Files, and what was read of them, by their paths from the folder that all of them are in. */
export function ruleSetOf({ files, texts }: Pick<RuleFiles, 'files' | 'texts'>): RuleSet {
  const folder = commonFolder([...texts.keys()].map(file => resolve(file)));
  const pathOf = (file: string) => relative(folder, resolve(file)).replaceAll(sep, '/');
  return {
    files: Object.fromEntries([...texts].map(([file, text]) => [pathOf(file), text])),
    roots: [...new Set(files.map(pathOf))].sort(),
  };
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (!paths.every(path => path.startsWith(folder === sep ? sep : folder + sep))) folder = dirname(folder);
  return folder;
}
