import { describe, expect, it } from 'vitest';
import { readScalar, SymbolTable } from '../../engine/batch.ts';
import type { Position, RowPart, Series, SeriesRead, Sink } from '../../engine/connector.ts';
import { inputOf, type PlainRow } from './series-rows.ts';
import { type OpenedSource, type ReadRow, readAll } from './sources.ts';

export type ConformingSource = {
  /** Opens the same input each time. */
  open(position: Position | null): Promise<OpenedSource>;
  readonly rows: readonly ReadRow[];
  readonly rejectedCount: number;
};

/** What every finite source does, whatever it reads from. `make` runs once a test. */
export function describeSource(name: string, make: () => Promise<ConformingSource>): void {
  describe(`${name} conforms`, () => {
    it.each([1, 2, 7, 1000])('gives all events in order, in batches of at most %i', async maxEvents => {
      const { open, rows, rejectedCount } = await make();
      const opened = await open(null);
      const result = await readAll(opened, { maxEvents });
      await opened.source.close();
      expect(result.rows).toEqual(rows);
      expect(result.rejected).toHaveLength(rejectedCount);
      for (const [index, mark] of result.marks.entries()) {
        const before = index === 0 ? { rows: 0, rejected: 0 } : result.marks[index - 1]!;
        const size = mark.rows - before.rows + mark.rejected - before.rejected;
        expect(size).toBeGreaterThan(0);
        expect(size).toBeLessThanOrEqual(maxEvents);
      }
    });

    it('reads on from every position with exactly what follows', async () => {
      const { open } = await make();
      const first = await open(null);
      const whole = await readAll(first, { maxEvents: 2 });
      await first.source.close();
      for (const mark of whole.marks) {
        // A position goes through a checkpoint's JSON.
        const opened = await open(JSON.parse(JSON.stringify(mark.position)));
        const rest = await readAll(opened, { maxEvents: 5 });
        await opened.source.close();
        expect(rest.rows).toEqual(whole.rows.slice(mark.rows));
        expect(rest.rejected).toEqual(whole.rejected.slice(mark.rejected));
        expect(rest.identities.rows).toEqual(whole.identities.rows.slice(mark.rows));
        expect(rest.identities.rejected).toEqual(whole.identities.rejected.slice(mark.rejected));
      }
    });

    it('tells all events and rejections apart', async () => {
      const { open, rows, rejectedCount } = await make();
      const opened = await open(null);
      const { identities } = await readAll(opened);
      await opened.source.close();
      expect(new Set([...identities.rows, ...identities.rejected]).size).toBe(rows.length + rejectedCount);
    });

    it('says again that it is at the end, where it is', async () => {
      const { open, rows } = await make();
      const opened = await open(null);
      await readAll(opened);
      const { signal } = new AbortController();
      const end = await opened.source.read({ maxEvents: 10, signal });
      expect(end.kind).toBe('end');
      await opened.source.acknowledge(end.position);
      await opened.source.close();
      const again = await open(end.position);
      expect((await readAll(again)).rows).toEqual(rows.slice(rows.length));
      await again.source.close();
    });

    it('returns at once when the signal has aborted, and loses nothing by it', async () => {
      const { open, rows } = await make();
      const opened = await open(null);
      const read = await opened.source.read({ maxEvents: 1000, signal: AbortSignal.abort() });
      const taken = read.kind === 'batch' ? read.batch.length : 0;
      expect((await readAll(opened)).rows).toEqual(rows.slice(taken));
      await opened.source.close();
    });

    it('can be closed twice, and before anything is read', async () => {
      const { open } = await make();
      const { source } = await open(null);
      await source.close();
      await source.close();
    });

    it('gives progress from 0 to 1, if at all', async () => {
      const { open } = await make();
      const opened = await open(null);
      const { source } = opened;
      if (source.progress === undefined) return;
      expect(source.progress()).toBeGreaterThanOrEqual(0);
      await readAll(opened);
      expect(source.progress()).toBe(1);
      await source.close();
    });
  });
}

export type ConformingStore = {
  /** Rows of about now are kept. */
  readonly nowUs: number;
  open(series: Series): Promise<Sink>;
  find(name: string): Promise<Series | null>;
  read(options: SeriesRead): AsyncGenerator<RowPart>;
};

/** What every store of series does. `make` runs once a test; series have names of their own in each. */
export function describeStore(name: string, make: () => ConformingStore): void {
  describe(`${name} conforms`, () => {
    const symbols = new SymbolTable();

    const derived = (stream: string): Series => ({
      stream,
      keepUs: null,
      key: [{ name: 'device', type: 'symbol' }],
      fields: [
        { name: 'temp', type: 'float' },
        { name: 'n', type: 'int' },
        { name: 'hot', type: 'bool' },
      ],
      kind: 'derived',
    });

    async function readRows(
      { read, nowUs }: ConformingStore,
      series: Series,
      options: Partial<SeriesRead> = {},
    ): Promise<unknown[][]> {
      const rows: unknown[][] = [];
      const toUs = nowUs + 86_400e6;
      for await (const page of read({ series, symbols, fromUs: 0, toUs, pageRows: 1_000, ...options })) {
        for (let row = 0; row < page.length; row++) {
          const values = [...page.key, ...page.columns, ...page.own!].map(column => readScalar(column, row, symbols));
          rows.push([page.timeUs[row], ...values]);
        }
      }
      return rows;
    }

    it('gives back what was written, to the bit', async () => {
      const store = make();
      const { nowUs } = store;
      const series: Series = {
        stream: 'all types',
        keepUs: null,
        key: [
          { name: 'device', type: 'symbol' },
          { name: 'place', type: 'string' },
        ],
        fields: [
          { name: 'temp', type: 'float' },
          { name: 'n', type: 'int' },
          { name: 'hot', type: 'bool' },
          { name: 'until', type: 'time' },
          { name: 'took', type: 'duration' },
          { name: 'how', type: 'quality' },
          { name: 'grade', type: 'severity' },
          { name: 'note', type: 'string' },
        ],
        kind: 'derived',
      };
      const doubles = [-0, 0, 5e-324, 1 / 3, 1.7976931348623157e308, 123456789012345680000, 0.1 + 0.2, null];
      const texts = ['', 'a"b', 'a\nb', 'a\\', ' , =', '😀', '__proto__', 'nul\0', '\u0001', 'x'.repeat(65_536), null];
      const written: PlainRow[] = [
        ...doubles.map((temp, n) => ({
          timeUs: nowUs + n,
          key: ['m1', 'p'],
          values: [temp, n, n % 2 === 0, -n, n, 'uncertain', 'critical', null],
        })),
        ...texts.map((one, n) => ({
          timeUs: nowUs + 100 + n,
          key: [one?.replaceAll('\0', '') ?? null, one],
          values: [null, null, null, null, null, null, null, one],
        })),
      ];
      const sink = await store.open(series);
      await sink.write(inputOf(series, written, symbols));
      const expected = written.map(({ timeUs, key, values }) => [timeUs, ...key, ...values, 0, false]);
      const read = await readRows(store, series);
      expect(read).toEqual(
        expected.map(row => row.map(value => (Object.is(value, -0) ? expect.toSatisfy(x => x === 0) : value))),
      );
      expect(Object.is(read[0]![3], -0)).toBe(true);
      await sink.close();
    });

    it('holds each row once, the last of a key and time, and null where that one has no value', async () => {
      const store = make();
      const { nowUs: timeUs } = store;
      const series = derived('once');
      const sink = await store.open(series);
      const row = { timeUs, key: ['m1'] };
      await sink.write(inputOf(series, [{ ...row, values: [1, 2, true], own: [0, false] }], symbols));
      await sink.write(inputOf(series, [{ ...row, values: [null, 3, null], own: [1, false] }], symbols));
      expect(await readRows(store, series)).toEqual([[timeUs, 'm1', null, 3, null, 1, false]]);
      await sink.write(inputOf(series, [{ ...row, values: [1, 2, true], own: [2, true] }], symbols));
      expect(await readRows(store, series)).toEqual([]); // void
      await sink.close();
    });

    it('holds the last of a key and time also of one write', async () => {
      const store = make();
      const { nowUs: timeUs } = store;
      const series = derived('once in one');
      const sink = await store.open(series);
      const row = (key: string, revision: number) => ({
        timeUs,
        key: [key],
        values: [1, revision, null],
        own: [revision, false],
      });
      await sink.write(inputOf(series, [row('m1', 0), row('m2', 0), row('m1', 1), row('m2', 1)], symbols));
      expect(await readRows(store, series)).toEqual([
        [timeUs, 'm1', 1, 1, null, 1, false],
        [timeUs, 'm2', 1, 1, null, 1, false],
      ]);
      await sink.close();
    });

    it('writes raw rows of one time and key side by side, and once each', async () => {
      const store = make();
      const { nowUs } = store;
      const series: Series = { ...derived('raw once'), kind: 'raw' };
      const sink = await store.open(series);
      const row = (seq: number, item: number): PlainRow => ({
        timeUs: nowUs,
        key: [null],
        values: [1, 2, true],
        own: [nowUs + 1, true, 'nats js 1', seq, item],
      });
      const input = inputOf(series, [row(1, 0), row(1, 1), row(2, 0)], symbols);
      await sink.write(input);
      await sink.write(input);
      expect((await readRows(store, series)).map(read => read.slice(-2))).toEqual([
        [1, 0],
        [1, 1],
        [2, 0],
      ]);
      await sink.close();
    });

    it.each(['derived', 'raw'] as const)('finds a series by its name: %s', async kind => {
      const store = make();
      const series = { ...derived(`found ${kind}`), kind };
      const sink = await store.open(series);
      expect(await store.find(series.stream)).toEqual(series);
      expect(await store.find('never stored')).toBe(null);
      await sink.close();
    });

    it('loses no value of many rows in several series', async () => {
      const store = make();
      const names = ['many a', 'many b', 'many c'];
      const sinks = await Promise.all(names.map(async name => await store.open(derived(name))));
      const rows = Array.from({ length: 5_000 }, (_, n) => ({
        timeUs: store.nowUs - 1e6 + n,
        key: [`m${n % 3}`],
        values: [n / 3, n, n % 2 === 0],
      }));
      for (let from = 0; from < rows.length; from += 1_000) {
        const some = rows.slice(from, from + 1_000);
        await Promise.all(names.map((name, n) => sinks[n]!.write(inputOf(derived(name), some, symbols))));
      }
      const expected = rows.map(({ timeUs, key, values }) => [timeUs, ...key, ...values, 0, false]);
      for (const name of names) expect(await readRows(store, derived(name))).toEqual(expected);
      for (const sink of sinks) await sink.close();
      for (const name of names) expect(await readRows(store, derived(name))).toEqual(expected);
    });

    it('commits in the order of writes, though several are under way', async () => {
      const store = make();
      const { nowUs } = store;
      const series = derived('ordered');
      const sink = await store.open(series);
      const rows = (temp: number): PlainRow[] =>
        Array.from({ length: 2_000 }, (_, index) => ({
          timeUs: nowUs - 1e6 + index,
          key: [`m${index % 7}`],
          values: [temp, index, index % 2 === 0],
        }));
      for (let round = 0; round < 5; round++) {
        await Promise.all(
          Array.from({ length: 8 }, (_, n) => sink.write(inputOf(series, rows(round * 8 + n), symbols))),
        );
        const read = await readRows(store, series);
        expect(read.length).toBe(2_000);
        expect(read.every(row => row[2] === round * 8 + 7)).toBe(true);
      }
      await sink.close();
    });

    it('reads pages of any size in one order, whole instants together, and only the keys that are asked for', async () => {
      const store = make();
      const { nowUs } = store;
      const series = derived('paged');
      const sink = await store.open(series);
      const written = Array.from({ length: 60 }, (_, n) => ({
        timeUs: nowUs + Math.floor(n / 12),
        key: [`m${(n * 7) % 12}`],
        values: [n, n, null],
      }));
      await sink.write(inputOf(series, written, symbols));
      const all = await readRows(store, series);
      expect(all.length).toBe(60);
      expect(all.every(row => row[5] === 0 && row[6] === false)).toBe(true); // revision, void
      const order = all.map(([timeUs, key]) => `${timeUs} ${key}`);
      expect(order).toEqual(order.toSorted());
      for (const pageRows of [1, 5, 13, 60]) expect(await readRows(store, series, { pageRows })).toEqual(all);
      expect(await readRows(store, series, { fromUs: nowUs + 1, toUs: nowUs + 3 })).toEqual(all.slice(12, 36));
      const some = all.filter(row => row[1] === 'm3');
      expect(await readRows(store, series, { keys: [['m3'], ["m'4"]] })).toEqual(some);
      const many = Array.from({ length: 5_000 }, (_, n) => [`other${n}`]);
      expect(await readRows(store, series, { keys: [['m3'], ...many] })).toEqual(some);
      const byNumber = all.filter(row => row[3] === 3 || row[3] === 14);
      expect(await readRows(store, series, { keys: [[3], [14]], by: ['n'] })).toEqual(byNumber);
      const byBoth = all.filter(row => row[1] === 'm3' && row[3] === 9);
      expect(
        await readRows(store, series, {
          keys: [
            [9, 'm3'],
            [8, 'm3'],
          ],
          by: ['n', 'device'],
        }),
      ).toEqual(byBoth);
      expect(await readRows(store, series, { keys: [[]], by: [] })).toEqual(all);
      await sink.close();
    });
  });
}
