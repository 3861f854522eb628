import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDbConnector } from '../../../connectors/duckdb/index.ts';
import { readScalar, type Scalar, SymbolTable } from '../../../engine/batch.ts';
import type { Position, Series, Sink } from '../../../engine/connector.ts';
import { inputOf, type PlainRow } from '../series-rows.ts';
import { runs } from '../../oracle/runs.ts';

const OPTIONS = runs(10);
const symbols = new SymbolTable();
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-duckdb-model-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SERIES: Readonly<Record<'raw' | 'derived', Series>> = {
  derived: seriesOf('derived'),
  raw: seriesOf('raw'),
};

function seriesOf(kind: 'raw' | 'derived'): Series {
  const key = [{ name: 'device', type: 'symbol' as const }];
  return { stream: kind, keepUs: null, key, fields: [{ name: 'n', type: 'int' }], kind };
}

/** One write: rows of few times and keys, so that many are of one identity. */
const write = fc.array(
  fc.record({
    timeUs: fc.integer({ min: 0, max: 3 }),
    device: fc.constantFrom('a', 'a device with a long name'),
    isLater: fc.boolean(),
    isVoid: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

/** `rows`: what a reader sees when it is taken, and so behind a crash. */
type Checkpoint = { readonly position: Position | null; readonly next: number; readonly rows: Scalar[][] | null };

/** What happens to a run: the next write, a checkpoint, a crash behind which it goes on from that, or a start without state. */
const steps = fc.array(fc.constantFrom('write', 'write', 'write', 'checkpoint', 'crash', 'anew'), { maxLength: 16 });

test.each(['raw', 'derived'] as const)(
  'rows of a %s series are there once, however the run was disturbed',
  {
    timeout: 600_000,
  },
  async kind => {
    const series = SERIES[kind];
    let files = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 6 }), steps, async (writes, disturbances) => {
        const path = join(directory, `${kind}${files++}.duckdb`);
        const input = writes.map((rows, w) => rows.map((row, r) => plainRow(kind, row, w * 10 + r)));
        let sink = await open(path, series, null);
        let next = 0;
        let kept: Checkpoint = { position: null, next: 0, rows: null };
        for (const step of [...disturbances, ...input.map(() => 'write' as const)]) {
          if (step === 'write') {
            if (next < input.length) await sink.write(inputOf(series, input[next++]!, symbols));
          } else if (step === 'checkpoint') {
            kept = { position: await sink.position(), next, rows: await rowsOf(path, series) };
          } else {
            if (step === 'anew') kept = { position: null, next: 0, rows: null };
            await sink.close();
            sink = await open(path, series, kept.position);
            next = kept.next;
            if (kept.rows !== null) expect(await rowsOf(path, series)).toEqual(kept.rows);
          }
        }
        await sink.close();
        expect(await rowsOf(path, series)).toEqual(expectedRows(kind, input.flat()));
        rmSync(path);
      }),
      OPTIONS,
    );
  },
);

function plainRow(
  kind: 'raw' | 'derived',
  row: { readonly timeUs: number; readonly device: string; readonly isLater: boolean; readonly isVoid: boolean },
  number: number,
): PlainRow {
  const { timeUs, device, isLater, isVoid } = row;
  const revision = Math.floor(number / 10) * 2 + Number(isLater); // never falls from one write to the next
  const own = kind === 'raw' ? [timeUs, false, 'a source', number, 0] : [revision, isVoid];
  return { timeUs, key: [device], values: [number], own };
}

async function open(path: string, series: Series, position: Position | null): Promise<Sink> {
  return await createDuckDbConnector({ path }).openStore!({
    series,
    position,
    nowUs: () => 0,
    onRefused: refusal => expect(refusal).toBe(null),
    onNotice: notice => expect(notice).toBe(null),
  });
}

async function rowsOf(path: string, series: Series): Promise<Scalar[][]> {
  const reader = await createDuckDbConnector({ path }).openReader!();
  const rows: Scalar[][] = [];
  for await (const page of reader.read({ series, symbols, fromUs: 0, toUs: 10, pageRows: 3 })) {
    for (let row = 0; row < page.length; row++) {
      const values = [page.key[0]!, page.columns[0]!].map(column => readScalar(column, row, symbols));
      rows.push([page.timeUs[row]!, ...values]);
    }
  }
  await reader.close();
  return rows;
}

/** By definition: of one identity the highest revision, and of equal ones the last. */
function expectedRows(kind: 'raw' | 'derived', rows: readonly PlainRow[]): Scalar[][] {
  const byIdentity = new Map<string, PlainRow>();
  for (const row of rows) {
    const identity = JSON.stringify([row.timeUs, row.key, kind === 'raw' ? row.values : null]);
    const before = byIdentity.get(identity);
    if (kind === 'raw' || before === undefined || before.own![0]! <= row.own![0]!) byIdentity.set(identity, row);
  }
  return [...byIdentity.values()]
    .filter(({ own }) => kind === 'raw' || own![1] === false)
    .map(({ timeUs, key, values }) => [timeUs, key[0]!, values[0]!])
    .sort(
      (a, b) => Number(a[0]) - Number(b[0]) || (a[1] === b[1] ? Number(a[2]) - Number(b[2]) : a[1]! < b[1]! ? -1 : 1),
    );
}
