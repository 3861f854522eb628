import { basename } from 'node:path';

/** A change of the file system, by what is asked of it. */
export type FileOperation = { readonly kind: OperationKind; readonly path: string };

const KINDS = ['create', 'write', 'sync', 'sync folder', 'truncate', 'rename', 'remove'] as const;
export type OperationKind = (typeof KINDS)[number];

/** What a file is, by its name; the first that fits. */
const FILES = [
  ['part', /^part-\d+-/],
  ['manifest', /^checkpoint-\d+/],
  ['acknowledgement', /^acknowledged-/],
  ['synced mark', /^synced$/],
  ['segment', /^\d{16}\.log$/],
  ['sink', /\.(csv|ndjson)$/],
  ['folder', /^/],
] as const;

/** All there are: `write of a sink`. */
export const PLACES: readonly string[] = KINDS.flatMap(kind => FILES.map(([file]) => placeName(kind, file)));

export function placeOf({ kind, path }: FileOperation): string {
  const [file] = FILES.find(([, form]) => form.test(basename(path)))!; // the last fits all
  return placeName(kind, file);
}

function placeName(kind: OperationKind, file: string): string {
  return kind === 'sync folder' ? 'sync of a folder' : `${kind} of a ${file}`;
}
