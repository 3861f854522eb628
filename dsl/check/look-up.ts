import type { Expression as Syntax, Lookup } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { agree } from './agree.ts';
import type { Checker } from './checker.ts';
import { StageColumns, ColumnNames } from './columns.ts';
import type { Context } from './context.ts';
import { checkExpression } from './expression.ts';
import { error } from './report.ts';
import type { SchemaField, TableSchema } from './schema.ts';
import type { Binding, Checked, Scope } from './scope.ts';

/** The row of a table with this key, its fields as members; null after a report. */
export function lookUp(
  table: TableSchema,
  { key: syntaxes, span }: { readonly key: readonly Syntax[]; readonly span: Span },
  checker: Checker,
): Binding | null {
  if (checker.scope.hoist.lookup === null) return reportNoEvent(span, checker);
  const values = syntaxes.map(syntax => checker.check(syntax));
  if (syntaxes.length !== table.key.length) {
    const hint = `write \`${table.name}[${table.key.join(', ')}]\``;
    const message = `the key of \`${table.name}\` has ${count(table.key.length)}, and ${syntaxes.length} ${syntaxes.length === 1 ? 'is' : 'are'} given`;
    const related = [{ span: table.declaredAt, message: 'the table' }];
    checker.report(error('MR2541', span, message, { hint, related }));
    return null;
  }
  const key = values.map((value, i) => value && keyValue(table.fields.get(table.key[i]!)!, value, checker));
  if (!isWhole(key)) return null;
  const members = new Map<string, Binding>();
  for (const { name, type, unit, declaredAt } of table.fields.values()) {
    members.set(name, { kind: 'looked-up', table: table.name, key, field: { name, type, unit }, declaredAt });
  }
  for (const name of table.faulty) members.set(name, { kind: 'faulty' });
  return { kind: 'record', members, declaredAt: table.declaredAt };
}

export function reportNoEvent(span: Span, { scope, report }: Checker): null {
  report(error('MR2542', span, `${scope.place} is of no event, so there is no row to look up`));
  return null;
}

/**
 * The names that `lookup d = devices[device]` gives to rows; `scope` is that of the fields it stands beside. One that is
 * wrong is reported here, and nothing more is said where it is used.
 */
export function lookupBindings(lookups: readonly Lookup[], scope: Scope, context: Context): Map<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const lookup of lookups) {
    const { name } = lookup.name;
    const first = bindings.get(name) ?? scope.resolve(name);
    if (first !== undefined) {
      const hint = 'give the row another name';
      context.report(error('MR2544', lookup.name.span, `\`${name}\` means something else here already`, { hint }));
    }
    bindings.set(name, bindingOf(lookup, scope, context));
  }
  return bindings;
}

function bindingOf(lookup: Lookup, scope: Scope, context: Context): Binding {
  const { table: tableName, key, span, name } = lookup;
  const statement = context.names.table(tableName, context.report);
  const table = statement && context.tables.get(tableName.name);
  if (!table) return { kind: 'faulty' };
  let isRight = true;
  const report: Context['report'] = diagnostic => {
    if (diagnostic.severity === 'error') isRight = false;
    context.report(diagnostic);
  };
  const trial: Scope = { ...scope, hoist: new StageColumns('lookup', new ColumnNames()) };
  const checker: Checker = {
    scope: trial,
    report,
    isInAggregate: false,
    check: syntax => (context.constants.isBroken(syntax) ? null : checkExpression(syntax, trial, report)),
    inAggregate: () => checker,
  };
  const row = lookUp(table, { key, span }, checker);
  return row === null || !isRight ? { kind: 'faulty' } : { kind: 'lookup', table, key, declaredAt: name.span };
}

/** A value in the place of a key's field; null after a report. */
export function keyValue(field: SchemaField, value: Checked, { report }: Checker): Checked['expression'] | null {
  const { name, type, unit, declaredAt } = field;
  const left: Checked = {
    expression: { kind: 'column', type, column: name },
    type,
    unit,
    span: declaredAt ?? value.span,
    named: { name, declaredAt },
  };
  return agree({ left, right: value }, 'used in place of', report)?.right.expression ?? null;
}

function isWhole<Value>(values: readonly (Value | null)[]): values is readonly Value[] {
  return !values.includes(null);
}

function count(values: number): string {
  return values === 1 ? 'one value' : `${values} values`;
}
