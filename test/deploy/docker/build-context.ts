import { cpSync } from 'node:fs';
import { matchesGlob, relative } from 'node:path';
import { root, textOf } from '../../repository/tree.ts';

/** Copies to a folder what a container engine is given of the checkout: all but what .dockerignore names. */
export function copyBuildContext(target: string): void {
  const patterns = textOf('.dockerignore')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
  const isIgnored = (path: string) => patterns.some(pattern => matchesGlob(path, pattern));
  cpSync(root, target, { recursive: true, filter: path => !isIgnored(relative(root, path).replaceAll('\\', '/')) });
}
