import type { ValueType } from '../../dsl/plan.ts';
import type { Gaps } from './gaps.ts';

const SQL_TYPES: Readonly<Record<ValueType, string>> = {
  float: 'DOUBLE',
  int: 'BIGINT',
  bool: 'BOOLEAN',
  symbol: 'STRING',
  string: 'STRING',
  time: 'TIMESTAMP_LTZ(3)',
  duration: 'BIGINT', // microseconds
  quality: 'STRING',
  severity: 'STRING',
};

/** How a value of the plan is kept in SQL. */
export function sqlType(type: ValueType): string {
  return SQL_TYPES[type];
}

/** What a message can hold for Flink's formats. Times and durations as text have spellings there that Flink cannot read. */
export function messageType(field: { readonly name: string; readonly type: ValueType }, gaps: Gaps): string {
  if (field.type === 'time' || field.type === 'duration') {
    gaps.add(`the field \`${field.name}\` of type ${field.type}`, 'Flink reads other spellings of it');
  }
  return sqlType(field.type);
}
