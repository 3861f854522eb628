import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `up` has started, for `down` and the next `up`: a file beside the server's folder. */
export type ServiceRecord = {
  readonly pid: number;
  /** Of its configuration, log and data, absolute. */
  readonly directory: string;
  readonly url: string;
  readonly logFile: string;
  /** It gets them again, so that addresses written down elsewhere stay right. */
  readonly ports: Readonly<Record<string, number>>;
};

/** Null: nothing was started here yet. */
export function readRecord(root: string, name: string): ServiceRecord | null {
  const path = join(root, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

/** Whole or not at all. */
export function writeRecord(root: string, name: string, record: ServiceRecord): void {
  const path = join(root, `${name}.json`);
  mkdirSync(root, { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
