import type { RecoveryStep } from '../recovery-step.ts';

const SOURCES = 'test/connectors/sources.test.ts';
const STORE_SINK = 'test/connectors/questdb/store-sink.test.ts';
const DUCKDB_SINK = 'test/connectors/duckdb/store-sink.test.ts';

/** Each row and each rejection is in its series once, and none goes to a table that is not there any more. */
export const STORED_SERIES: readonly RecoveryStep[] = [
  {
    name: 'a line that is rejected is known by its place',
    file: 'connectors/codecs/line-decoder.ts',
    text: 'this.builder.startMessage(this.line + 1);',
    replacement: '',
    caughtBy: { file: SOURCES, title: 'lines.csv' },
  },
  {
    name: 'a row of a Parquet file is known by its place',
    file: 'connectors/file/parquet-source.ts',
    text: 'builder.startMessage(row + 1);',
    replacement: '',
    caughtBy: { file: SOURCES, title: 'motor.parquet' },
  },
  {
    name: 'a checkpoint looks whether the table is the one that was written to',
    file: 'connectors/questdb/table-watch.ts',
    text: 'if (difference !== null) throw tableLost(this.#table, difference);',
    replacement: '',
    caughtBy: { file: STORE_SINK, title: 'is noticed at the checkpoint' },
  },
  {
    name: 'a server behind a new connection is looked at before rows go out',
    file: 'connectors/questdb/connection-guard.ts',
    text: 'if (this.#isNew) await this.verify();',
    replacement: '',
    caughtBy: { file: STORE_SINK, title: 'may come back with other data' },
  },
  {
    name: 'what a DuckDB file has behind the checkpoint is taken back',
    file: 'connectors/duckdb/replaced-rows.ts',
    text: '${this.#isOwn} AND ${WRITE} > ${write}`',
    replacement: '${this.#isOwn} AND ${WRITE} > ${write} AND false`',
    caughtBy: { file: DUCKDB_SINK, title: 'takes back what was written behind it' },
  },
  {
    name: 'what a write behind the checkpoint had replaced in a DuckDB file is put back',
    file: 'connectors/duckdb/replaced-rows.ts',
    text: 'if (times![0] === null) return;',
    replacement: 'return;',
    caughtBy: { file: DUCKDB_SINK, title: 'has the revision of that until the next one comes again' },
  },
  {
    name: 'rows that other runs left in a DuckDB file are replaced',
    file: 'connectors/duckdb/store-sink.ts',
    text: 'mayRepeat || times.oldestUs <= this.#othersNewestUs',
    replacement: 'mayRepeat',
    caughtBy: { file: DUCKDB_SINK, title: 'take the place of those of an earlier run' },
  },
  {
    name: 'a checkpoint looks whether the DuckDB file is the one that was written to',
    file: 'connectors/duckdb/store-sink.ts',
    text: 'this.#file.verify();',
    replacement: '',
    caughtBy: { file: DUCKDB_SINK, title: 'ends where the file is not there any more' },
  },
];
