import type { TableNode } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import type { InputEntry } from '../recorded-input.ts';
import type { TableVersions, Version } from './table-versions.ts';

/** One difference: a version that is there from now on, or, `isTakenOut`, that never was. */
export type TableChange = Omit<Version, 'sequence'> & { readonly isTakenOut: boolean };

/** The content of an entry of a table. Entries of another shape are of a table that was declared otherwise. */
export function contentOf(node: TableNode, changes: readonly TableChange[]): Pick<InputEntry, 'texts' | 'content'> {
  const content = { shape: shapeOf(node), changes: changes.map(change => ({ ...change })) };
  return { texts: textsOf(node, changes), content: content as unknown as Snapshot }; // as: plain data
}

export function isOfTable(node: TableNode, { content }: InputEntry): boolean {
  return content['shape'] === shapeOf(node);
}

/** None where it is of another shape. */
function changesOf(node: TableNode, entry: InputEntry): readonly TableChange[] {
  if (!isOfTable(node, entry)) return [];
  return entry.content['changes'] as unknown as readonly TableChange[]; // what `contentOf` made
}

/** `encode`: a row as it is kept. */
export function applyEntry(
  versions: TableVersions,
  node: TableNode,
  entry: InputEntry,
  encode: (row: readonly Scalar[]) => readonly Scalar[] = row => row,
): void {
  const { sequence } = entry;
  for (const { key, validFromUs, row, isTakenOut } of changesOf(node, entry)) {
    if (isTakenOut) versions.takeOut(key, validFromUs);
    else versions.put({ key, validFromUs, row: row && encode(row), sequence });
  }
}

/** The entries, cut to what is still there; those of which nothing is left are left out. */
export function compactEntries(
  versions: TableVersions,
  node: TableNode,
  entries: readonly InputEntry[],
): readonly InputEntry[] {
  const own = entries.filter(entry => isOfTable(node, entry));
  return own.flatMap((entry, i) => {
    const changes = changesOf(node, entry);
    const left = changes.filter(change => !change.isTakenOut && versions.has({ ...change, sequence: entry.sequence }));
    if (left.length === 0 && i < own.length - 1) return []; // the last one says that the table was read
    return left.length === changes.length ? [entry] : [{ ...entry, ...contentOf(node, left) }];
  });
}

function shapeOf({ key, fields }: TableNode): string {
  return JSON.stringify([key, fields.map(({ name, type, unit }) => [name, type, unit ?? ''])]);
}

/** Whose versions an entry changes. */
export function keysOfEntry(node: TableNode, entry: InputEntry): readonly (readonly Scalar[])[] {
  return changesOf(node, entry).map(change => change.key);
}

/** What rows have in columns of symbols, and the keys of those that are gone: the entry of such a row may be gone, too. */
function textsOf({ key: keyFields, fields }: TableNode, changes: readonly TableChange[]): string[] {
  const symbols = fields.flatMap(({ name, type }, i) => (type === 'symbol' ? [{ name, i }] : []));
  const texts = new Set<Scalar>();
  for (const { key, row } of changes) {
    for (const { name, i } of symbols) texts.add(row === null ? (key[keyFields.indexOf(name)] ?? null) : row[i]!);
  }
  texts.delete(null);
  return [...texts] as string[]; // as: of symbols
}
