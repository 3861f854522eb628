import type * as Api from '@duckdb/node-api';
import type * as Bindings from '@duckdb/node-bindings';
import { notInstalled } from './duckdb-errors.ts';

/** The library, and what lies below it: columns are written as bytes, which only that can. */
export type DuckDb = { readonly api: typeof Api; readonly bindings: typeof Bindings };

/** Errors: MR5300, where it was left out when Millrace was installed. */
export async function loadDuckDb(): Promise<DuckDb> {
  try {
    const [api, bindings] = await Promise.all([import('@duckdb/node-api'), import('@duckdb/node-bindings')]);
    return { api, bindings: bindings.default as typeof Bindings }; // as: what a CommonJS module exports
  } catch (error) {
    throw notInstalled(error);
  }
}
