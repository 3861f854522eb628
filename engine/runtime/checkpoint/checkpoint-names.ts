import { basename, join } from 'node:path';

/** What a file of a checkpoint folder is, by its name; undefined: it is none of ours. */
export type CheckpointName = { readonly kind: 'manifest' | 'part' | 'leftover'; readonly id: number };

const MANIFEST = /^checkpoint-(\d{10,})$/;
const PART = /^part-(\d{10,})-[\w.-]+$/;
const LEFTOVER = /^checkpoint-(\d{10,})\.new$/;

export function nameOf(file: string): CheckpointName | undefined {
  for (const [kind, form] of [
    ['manifest', MANIFEST],
    ['part', PART],
    ['leftover', LEFTOVER],
  ] as const) {
    const match = form.exec(basename(file));
    if (match !== null) return { kind, id: Number(match[1]) };
  }
  return undefined;
}

export function manifestPath(folder: string, id: number): string {
  return join(folder, `checkpoint-${digitsOf(id)}`);
}

export function partPath(folder: string, id: number, name: string): string {
  return join(folder, `part-${digitsOf(id)}-${name}`);
}

function digitsOf(id: number): string {
  return String(id).padStart(10, '0');
}
