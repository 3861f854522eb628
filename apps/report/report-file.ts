import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MillraceError } from '../../engine/errors.ts';

/** Says before a run whether its report can be written behind it; null: nothing speaks against it. */
export function whyNotWritable(path: string): string | null {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return 'it is a folder';
  const folder = dirname(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return `there is no folder ${folder}`;
  if (!found.isDirectory()) return `${folder} is no folder`;
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return `nothing may be written in ${folder}`;
  }
  return null;
}

/** Whole or not at all: who reads the file meanwhile sees the one that was there. Errors: MR7381. */
export function writeReportFile(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  try {
    writeFileSync(unfinished, text);
    renameSync(unfinished, path);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    // as: what node:fs throws
    throw new MillraceError('MR7381', `the report ${path} could not be written: ${(cause as Error).message}`, {
      hint: 'make room there, or name another place; the run itself is not affected',
      domain: 'external',
      cause,
    });
  }
}
