import { resolve } from 'node:path';
import { whyNotWritable } from '../report/report-file.ts';
import { CommandLineError } from './command-line-error.ts';

/** Files that a report must not take the place of, as they were named. */
export type FilesRead = { readonly files: readonly string[]; readonly labels?: string | undefined };

/** Refuses, before anything runs, a place where no report can be written. Errors: MR7380. */
export function requireReportPlace(path: string, read: FilesRead): void {
  const why = whyNotReplaced(path, read) ?? whyNotWritable(path);
  if (why === null) return;
  const hint = 'name a file in a folder that is there, such as `--report report.html`';
  throw new CommandLineError('MR7380', `the report cannot be written to ${path}: ${why}`, hint);
}

function whyNotReplaced(path: string, { files, labels }: FilesRead): string | null {
  const isThis = (file: string) => resolve(file) === resolve(path);
  if (files.some(isThis)) return 'it is one of the rule files';
  return labels !== undefined && isThis(labels) ? 'it is the file of labels' : null;
}
