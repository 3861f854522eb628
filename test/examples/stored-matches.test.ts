import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { folderWith, millrace } from '../apps/millrace.ts';
import { root } from '../repository/tree.ts';

test('the bearings that wore are kept, and those that cooled down', async () => {
  const rules = join(root, 'examples/bearing-wear/stored.mill');
  const folder = folderWith({});
  expect(millrace(['fmt', '--check', rules])).toMatchObject({ code: 0, out: '' });
  expect(millrace(['run', rules, '--store', 'duckdb:store.duckdb'], { cwd: folder })).toMatchObject({
    code: 0,
    err: '',
  });

  const database = await DuckDBInstance.create(join(folder, 'store.duckdb'), { access_mode: 'READ_ONLY' });
  try {
    const connection = await database.connect();
    const rowsOf = async (query: string) => (await connection.runAndReadAll(query)).getRowsJson();
    expect(await rowsOf('select motor, round(rms, 2), (later / 60e6)::int from wear order by time')).toEqual([
      ['M1', 8.6, 32],
      ['M5', 11.89, 20],
    ]);
    expect(await rowsOf('select motor from cooled_down order by time')).toEqual([['M3'], ['M3'], ['M3'], ['M6']]);
  } finally {
    database.closeSync();
  }
});
