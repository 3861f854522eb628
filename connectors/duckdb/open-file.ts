import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { MillraceError } from '../../engine/errors.ts';
import { notOpened } from './duckdb-errors.ts';
import { loadDuckDb } from './load-duckdb.ts';
import { takeSnapshot } from './snapshot.ts';
import { BOUNDS, openingFailed, StoreFile } from './store-file.ts';

/** A file that is read. */
export type OpenedFile = { readonly connection: DuckDBConnection; close(): Promise<void> };

/**
 * Opens a file and changes nothing in it: through the process's own connection where it writes the file, and as a copy where
 * another process does. Errors: MR5300, MR5301 that one never paused for a copy, MR5302.
 */
export async function openFile(path: string): Promise<OpenedFile> {
  const shared = await StoreFile.readerOf(path);
  if (shared !== null) return shared;
  if (!existsSync(path)) throw notOpened(path, 'there is no such file');
  try {
    return await openReadOnly(path);
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'MR5301')) throw error;
    const snapshot = await takeSnapshot(path);
    if (snapshot === null) throw error;
    return await openReadOnly(snapshot.path, snapshot.remove);
  }
}

async function openReadOnly(path: string, closed: () => void = () => {}): Promise<OpenedFile> {
  const { api } = await loadDuckDb();
  try {
    const instance = await api.DuckDBInstance.create(path, { ...BOUNDS, access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    return {
      connection,
      close: async () => {
        connection.closeSync();
        instance.closeSync();
        closed();
      },
    };
  } catch (error) {
    closed();
    throw openingFailed(path, error, true);
  }
}
