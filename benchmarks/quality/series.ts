import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Series below one folder, by `group/name.csv`. */
export class Series {
  readonly root: string;
  readonly files: readonly string[];
  readonly #folder: string;

  constructor(root: string, folder: string, files: readonly string[]) {
    this.root = root;
    this.#folder = folder;
    this.files = files;
  }

  /** The header's names and the rows of a file; its fields are never quoted. */
  read(file: string): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } {
    const lines = readFileSync(join(this.#folder, file), 'utf8').trim().split(/\r?\n/);
    const separator = lines[0]!.includes(';') ? ';' : ',';
    const [header, ...rows] = lines.map(line => line.trim().split(separator));
    return { header: header!, rows };
  }

  /** A file that lists them, for the scorer. */
  list(out: string): string {
    const path = join(out, `${this.root.split('/').at(-1)}.txt`);
    writeFileSync(path, `${this.files.join('\n')}\n`);
    return path;
  }
}

const SKAB_GROUPS = ['valve1', 'valve2', 'other'];

/** `root` has folders `nab` and `skab`, or is one of them. `list`: a file that names those that are asked for. */
export function findSeries(root: string, list: string | undefined): { readonly nab: Series; readonly skab: Series } {
  const asked = list === undefined ? undefined : new Set(linesOf(list));
  const files = (folder: string, groups: readonly string[]) =>
    groups.flatMap(group => csvIn(folder, group)).filter(file => asked?.has(file) ?? true);
  const nab = existsSync(join(root, 'nab')) ? join(root, 'nab') : root;
  const skab = existsSync(join(root, 'skab')) ? join(root, 'skab') : root;
  const nabFolder = join(nab, 'data');
  const groups = existsSync(nabFolder) ? readdirSync(nabFolder).sort() : [];
  return {
    nab: new Series(nab, nabFolder, files(nabFolder, groups)),
    skab: new Series(skab, skab, files(skab, SKAB_GROUPS)),
  };
}

/** Writes a table, and the folders that it lies in. */
export function writeTable(path: string, header: readonly string[], rows: readonly (readonly unknown[])[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${[header, ...rows].map(row => row.join(',')).join('\n')}\n`);
}

/** `2014-04-01 00:00:00`, in microseconds. */
export function timeUsOf(text: string): number {
  return Date.parse(`${text.split('.')[0]!.replace(' ', 'T')}Z`) * 1_000;
}

function csvIn(folder: string, group: string): string[] {
  if (!existsSync(join(folder, group))) return [];
  const names = readdirSync(join(folder, group)).filter(name => name.endsWith('.csv'));
  return names.sort().map(name => `${group}/${name}`);
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
}
