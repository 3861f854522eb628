import { SERIES_FIELDS, type ValueType } from '../../dsl/plan.ts';
import type { Series } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { checkColumnName, checkTableName } from './names.ts';

/** One column of a table. `part` and `index` say where a RowPart has it. */
export type TableColumn = {
  readonly name: string;
  readonly type: ValueType;
  readonly part: 'key' | 'columns' | 'own';
  readonly index: number;
  readonly isUpsertKey: boolean;
};

/** The designated timestamp. */
export const TIME_COLUMN = 'time';

/**
 * Types that QuestDB can hold with null: its BOOLEAN, BYTE and SHORT cannot, so a bool is an INT of 0 and 1. Words of a
 * quality or severity are symbols, which people read.
 */
export const SQL_TYPES = {
  float: 'DOUBLE',
  int: 'LONG',
  bool: 'INT',
  symbol: 'SYMBOL',
  string: 'VARCHAR',
  time: 'TIMESTAMP',
  duration: 'LONG',
  quality: 'SYMBOL',
  severity: 'SYMBOL',
} as const satisfies { [T in ValueType]: string };

/**
 * The columns of a series beside `time`: key, fields, its own. Errors: MR5204 for a name that QuestDB cannot hold, or that
 * two columns have: case does not count.
 */
export function tableColumns({ stream, key, fields, kind }: Series): TableColumn[] {
  checkTableName(stream);
  const own = SERIES_FIELDS[kind];
  const isKnownByKey = kind !== 'rejected'; // that may be null
  const columns: TableColumn[] = [
    ...key.map(({ name, type }, index) => ({ name, type, part: 'key' as const, index, isUpsertKey: isKnownByKey })),
    ...fields.map(({ name, type }, index) => ({ name, type, part: 'columns' as const, index, isUpsertKey: false })),
    ...own.map(({ name, type }, index) => ({ name, type, part: 'own' as const, index, isUpsertKey: isIdentity(name) })),
  ];
  const seen = new Map([[TIME_COLUMN, TIME_COLUMN]]);
  for (const { name } of columns) {
    checkColumnName(name);
    const same = seen.get(name.toLowerCase());
    if (same !== undefined) throw sameName(stream, name, same);
    seen.set(name.toLowerCase(), name);
  }
  return columns;
}

/** The event that a row is of. */
function isIdentity(name: string): boolean {
  return name === 'source' || name === 'seq' || name === 'item';
}

function sameName(stream: string, name: string, same: string): MillraceError {
  const message =
    name === same
      ? `the series ${stream} has two columns ${name}: a field, and one of its own`
      : `the series ${stream} has columns ${same} and ${name}, which are one to QuestDB`;
  return new MillraceError('MR5204', message, { hint: 'give the field another name' });
}
