import type { FieldMember } from '../ast.ts';
import type { SourceField, ValueType } from '../plan.ts';
import { unitOf } from './unit.ts';
import type { Context } from './context.ts';
import { hintFor } from '../did-you-mean.ts';
import { checkFieldValue, type FieldValue } from './field-value.ts';
import { error } from './report.ts';
import type { Checked } from './scope.ts';

export type CheckedField = {
  readonly field: Omit<SourceField, 'isNeeded'>;
  readonly unit: Checked['unit'];
};

/** The types that a field may have; severities come from alerts only. */
const FIELD_TYPES: readonly ValueType[] = ['float', 'int', 'bool', 'symbol', 'string', 'time', 'duration', 'quality'];

export const KEY_TYPES: readonly ValueType[] = ['symbol', 'string', 'int', 'bool'];

/** A field of a stream, wholly checked; null after a report. */
export function checkField(member: FieldMember, context: Context): CheckedField | null {
  const type = typeOf(member, context);
  if (type === null) return null;
  const unit = checkUnit(member, type, context);
  const value = checkValue(member, type, context);
  const range = checkRange(member, type, unit ?? null, context);
  const fallback = checkDefault(member, type, unit ?? null, context);
  checkKeyType(member, type, context);
  if (unit === undefined || value === null || range === undefined || fallback === undefined) return null;
  const unitWord = unit === null ? {} : { unit: unit.text };
  const field = { name: member.name.name, type, ...unitWord, ...value, range, default: fallback };
  return { field, unit };
}

function typeOf(member: FieldMember, { report }: Context): ValueType | null {
  const type = FIELD_TYPES.find(known => known === member.type.name);
  if (type !== undefined) return type;
  const hint = hintFor(member.type.name, FIELD_TYPES, 'types');
  report(error('MR2520', member.type.span, `there is no type \`${member.type.name}\``, { hint }));
  return null;
}

function checkUnit(member: FieldMember, type: ValueType, { report }: Context): Checked['unit'] | undefined {
  if (member.unit === null) return null;
  if (type === 'float') return unitOf(member.unit, report) ?? undefined;
  const hint = type === 'int' ? `write \`${member.name.name}: float ${member.unit.text}\`` : undefined;
  report(error('MR2522', member.unit.span, `only a float has a unit, and this is ${article(type)}`, { hint }));
  return undefined;
}

function checkValue(member: FieldMember, type: ValueType, { constants, report }: Context): FieldValue | null {
  if (member.value === null) {
    return { from: { kind: 'path', path: [member.name.name] }, isNumberFromText: false, scaling: [] };
  }
  return checkFieldValue(member.value, type, constant => constants.number(constant), report);
}

function checkRange(
  { range }: FieldMember,
  type: ValueType,
  unit: Checked['unit'],
  context: Context,
): SourceField['range'] | undefined {
  if (range === null) return null;
  if (type !== 'float' && type !== 'int') {
    const hint = 'only float and int have a range';
    context.report(error('MR2527', range.span, `${article(type)} has no range`, { hint }));
    return undefined;
  }
  const low = context.constants.valueFor(range.low, { type, unit });
  const high = context.constants.valueFor(range.high, { type, unit });
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  if (low > high) {
    const hint = `write \`in ${high}..${low}\``;
    context.report(error('MR2526', range.span, `the range is empty: ${low} is greater than ${high}`, { hint }));
    return undefined;
  }
  return { low, high };
}

function checkDefault(
  member: FieldMember,
  type: ValueType,
  unit: Checked['unit'],
  context: Context,
): SourceField['default'] | undefined {
  return member.default === null ? null : context.constants.valueFor(member.default, { type, unit });
}

function checkKeyType(member: FieldMember, type: ValueType, { report }: Context): void {
  if (!member.isKey || KEY_TYPES.includes(type)) return;
  const hint = `a key is one of ${KEY_TYPES.join(', ')}`;
  report(error('MR2528', member.type.span, `${article(type)} cannot be a key`, { hint }));
}

function article(type: ValueType): string {
  return type === 'int' ? 'an int' : `a ${type}`;
}
