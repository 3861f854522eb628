import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Our own files, by pattern, relative to the root; neither installed nor generated ones. */
export function ownFiles(pattern: string): string[] {
  const exclude = ['node_modules', 'dist', 'coverage', '.git', '.millrace'];
  return globSync(pattern, {
    cwd: root,
    exclude: path => exclude.some(name => path === name || path.startsWith(`${name}/`)),
  })
    .map(file => file.replaceAll('\\', '/'))
    .sort();
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
