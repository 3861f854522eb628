import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFileConnector } from '../../connectors/file/index.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { runs } from '../oracle/runs.ts';
import { field, motorNode, openSource, readAll } from './sources.ts';

const NODE = {
  address: 'rows.parquet',
  key: ['unit'],
  fields: [
    field('unit', 'int'),
    field('temp', 'float', { range: { low: -40, high: 200 } }),
    field('flow', 'float'),
    field('state', 'symbol'),
  ],
};

/** Of numbers that are all there, many rows are taken at once; what is refused among them moves those behind it. */
test('rows are those of the file without those that the schema refuses, wherever these stand and whatever a batch has room for', async () => {
  const row = fc.record({
    unit: fc.oneof(
      { weight: 40, arbitrary: fc.integer({ min: 1, max: 3 }) },
      { weight: 1, arbitrary: fc.constant(1.5) },
    ),
    temp: fc.oneof(
      { weight: 40, arbitrary: fc.integer({ min: -40, max: 200 }) },
      { weight: 1, arbitrary: fc.constant(999) },
    ),
    flow: fc.double({ min: 0.001, max: 1, noNaN: true }),
  });
  const runOf = fc.tuple(fc.array(row, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 40 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(runOf, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 300 }),
      async (some, maxEvents) => {
        const rows = some.flatMap(([few, times]) => Array.from({ length: times }, () => few).flat());
        const folder = mkdtempSync(join(tmpdir(), 'millrace-rows-'));
        try {
          await writeParquet(join(folder, 'rows.parquet'), rows);
          const source = await openSource(
            createFileConnector(new NodeDisk()),
            motorNode({ ...NODE, directory: folder }),
          );
          const read = await readAll(source, { maxEvents });
          const isGood = ({ unit, temp }: Row) => Number.isInteger(unit) && temp <= 200;
          const places = rows.flatMap((each, i) => (isGood(each) ? [i] : []));
          expect(read.rows).toEqual(places.map(i => ({ timeUs: i * 1_000, ...rows[i]!, state: `s${i % 3}` })));
          expect(read.identities.rows.map(text => Number(text.split(',')[1]))).toEqual(places.map(i => i + 1));
          const refused = rows.filter(each => !isGood(each));
          expect(read.rejected.map(({ code }) => code)).toEqual(
            refused.map(({ unit }) => (Number.isInteger(unit) ? 'MR4012' : 'MR4013')),
          );
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
    ),
    { ...runs(30), endOnFailure: true },
  );
}, 300_000);

type Row = { readonly unit: number; readonly temp: number; readonly flow: number };

async function writeParquet(path: string, rows: readonly Row[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const values = rows.map(
    ({ unit, temp, flow }, i) => `(${i}, ${unit}::DOUBLE, ${temp}::DOUBLE, '${flow}'::DOUBLE, 's${i % 3}')`,
  );
  await connection.run(`CREATE TABLE t (ts INTEGER, unit DOUBLE, temp DOUBLE, flow DOUBLE, state VARCHAR)`);
  await connection.run(`INSERT INTO t VALUES ${values.join(', ')}`);
  await connection.run(`COPY (SELECT * FROM t ORDER BY ts) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}
