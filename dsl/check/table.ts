import type { FieldMember, TableStatement } from '../ast.ts';
import { hintFor } from '../did-you-mean.ts';
import { CONNECTORS } from './connectors.ts';
import type { Context } from './context.ts';
import { directoryOf } from './directory.ts';
import { type CheckedField, checkField } from './field.ts';
import type { CheckedTable } from './program.ts';
import { error, type Report } from './report.ts';
import type { SchemaField, TableSchema } from './schema.ts';

/** The field that says from when a row is valid, where a table declares it. */
const VALID_FROM = 'valid_from';

/** `table devices from file "devices.csv" key device: symbol { … }`; null where its key or its connector is wrong. */
export function checkTable(statement: TableStatement, context: Context): CheckedTable | null {
  const { report } = context;
  const isReadable = checkConnector(statement, report);
  const fields: CheckedField[] = [];
  const faulty = new Set<string>();
  let isKeyWhole = true;
  const members = uniqueFields(statement, report);
  for (const member of members) {
    const field = checkField(member, context);
    if (field !== null && isTimeIfValidFrom(member, field, report)) fields.push(field);
    else if (member.isKey) isKeyWhole = false;
    else faulty.add(member.name.name);
  }
  if (!isKeyWhole || !isReadable) return null;
  const { name, address, connector, span } = statement;
  return {
    schema: schemaOf(statement, members, fields, faulty),
    table: {
      id: name.name,
      connector: connector.name,
      address: address.value,
      directory: directoryOf(span.file),
      key: keyOf(members),
      fields: fields.map(({ field }) => ({ ...field, isNeeded: true })),
      validFrom: fields.some(({ field }) => field.name === VALID_FROM) ? VALID_FROM : null,
    },
  };
}

/** False where nothing can be read. */
function checkConnector({ connector }: TableStatement, report: Report): boolean {
  const known = Object.keys(CONNECTORS).filter(name => CONNECTORS[name]!.isTable);
  if (!known.includes(connector.name)) {
    const hint = hintFor(connector.name, known, 'connectors');
    report(error('MR2540', connector.span, `no table is read from \`${connector.name}\``, { hint }));
    return false;
  }
  return true;
}

function uniqueFields({ keys, fields }: TableStatement, report: Report): FieldMember[] {
  const byName = new Map<string, FieldMember>();
  for (const member of [...keys, ...fields]) {
    const first = byName.get(member.name.name);
    if (first === undefined) {
      byName.set(member.name.name, member);
    } else {
      const related = [{ span: first.name.span, message: 'the first one' }];
      report(error('MR2521', member.name.span, `the field \`${member.name.name}\` is declared twice`, { related }));
    }
  }
  return [...byName.values()];
}

/** False after a report. */
function isTimeIfValidFrom({ name, type }: FieldMember, { field }: CheckedField, report: Report): boolean {
  if (name.name !== VALID_FROM || field.type === 'time') return true;
  const hint = `write \`${VALID_FROM}: time\`, or give the field another name`;
  report(error('MR2543', type.span, `\`${VALID_FROM}\` says from when a row is valid, and this is no time`, { hint }));
  return false;
}

function keyOf(members: readonly FieldMember[]): string[] {
  return members.filter(member => member.isKey).map(member => member.name.name);
}

function schemaOf(
  { name }: TableStatement,
  members: readonly FieldMember[],
  fields: readonly CheckedField[],
  faulty: ReadonlySet<string>,
): TableSchema {
  const spans = new Map(members.map(member => [member.name.name, member.name.span]));
  const schemaFields = new Map<string, SchemaField>();
  for (const { field, unit } of fields) {
    schemaFields.set(field.name, {
      name: field.name,
      type: field.type,
      unit,
      declaredAt: spans.get(field.name) ?? null,
    });
  }
  return { name: name.name, fields: schemaFields, key: keyOf(members), faulty, declaredAt: name.span };
}
