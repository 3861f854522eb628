import { SERIES_FIELDS, SEVERITIES, type ValueType } from '../../dsl/plan.ts';
import { QUALITY_WORDS } from '../../engine/batch.ts';
import type { Series } from '../../engine/connector.ts';
import { sameName } from './duckdb-errors.ts';
import { literal, quoted } from './names.ts';

/** One column of a table. `part` and `index` say where a RowPart has it. */
export type TableColumn = {
  readonly name: string;
  readonly type: ValueType;
  readonly part: 'key' | 'columns' | 'own';
  readonly index: number;
  /** A row is known by these, and its time. */
  readonly isIdentity: boolean;
};

export const TIME_COLUMN = 'time';

/**
 * Whose a row is and in which write it came: what a restart takes back by. No field has such a name, and no view shows
 * them. They are the last columns when a table is made.
 */
export const WRITER_COLUMN = '#writer';
export const WRITE_COLUMN = '#write';

/** Of a row whose place another took, whose that was and in which write: a restart from before that puts it back. */
export const REPLACER_COLUMN = '#replacer';
export const REPLACED_IN_COLUMN = '#replaced_in';

/** Of rows whose place no other took. */
export const IS_IN_PLACE = `${quoted(REPLACER_COLUMN)} IS NULL`;

/** Of a source the table has its number. */
export function sqlTypeOf(column: TableColumn): string {
  return isSource(column) ? 'INTEGER' : SQL_TYPES[column.type];
}

export function isSource({ part, name }: TableColumn): boolean {
  return part === 'own' && name === 'source';
}

const SQL_TYPES = {
  float: 'DOUBLE',
  int: 'BIGINT',
  bool: 'BOOLEAN',
  symbol: 'VARCHAR',
  string: 'VARCHAR',
  time: 'TIMESTAMP',
  duration: 'BIGINT',
  quality: enumOf(QUALITY_WORDS),
  severity: enumOf(SEVERITIES),
} as const satisfies { [T in ValueType]: string };

/**
 * The columns of a series beside `time`: key, fields, its own. Errors: MR5304 where two have one name: case does not
 * count.
 */
export function tableColumns({ stream, key, fields, kind }: Series): TableColumn[] {
  const isKnownByKey = kind !== 'rejected'; // that may be null
  const columns: TableColumn[] = [
    ...key.map(({ name, type }, index) => ({ name, type, part: 'key' as const, index, isIdentity: isKnownByKey })),
    ...fields.map(({ name, type }, index) => ({ name, type, part: 'columns' as const, index, isIdentity: false })),
    ...SERIES_FIELDS[kind].map(({ name, type }, index) => ({
      name,
      type,
      part: 'own' as const,
      index,
      isIdentity: ['source', 'seq', 'item'].includes(name),
    })),
  ];
  const seen = new Map([[TIME_COLUMN, TIME_COLUMN]]);
  for (const { name } of columns) {
    const same = seen.get(name.toLowerCase());
    if (same !== undefined) {
      throw sameName(
        `the series ${stream} has columns ${same} and ${name}, which are one to DuckDB`,
        'give the field another name',
      );
    }
    seen.set(name.toLowerCase(), name);
  }
  return columns;
}

/** Columns by which a row is known, its time first. */
export function identityOf(columns: readonly TableColumn[]): readonly string[] {
  return [TIME_COLUMN, ...columns.filter(({ isIdentity }) => isIdentity).map(({ name }) => name)];
}

function enumOf(words: readonly string[]): string {
  return `ENUM(${words.map(literal).join(', ')})`;
}
