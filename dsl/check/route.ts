import type { Expression, RouteStatement } from '../ast.ts';
import { reportUnknownChanges } from './alert-changes.ts';
import { conditionIn } from './condition.ts';
import type { Context } from './context.ts';
import { hintFor } from '../did-you-mean.ts';
import { directoryOf } from './directory.ts';
import type { CheckedRoute, CheckedRule } from './program.ts';
import { error, notYet } from './report.ts';
import { bindingsOf } from './schema.ts';
import type { Binding } from './scope.ts';
import { checkSubject } from './subject.ts';
import { NO_HOIST, scopeOf } from './statement-scope.ts';

/** What a condition over alerts and their subjects may name; null: not all is known, as a rule is wrong. */
export type AlertNames = {
  readonly condition: ReadonlyMap<string, Binding>;
  readonly subject: ReadonlyMap<string, Binding> | null;
};

/** `route alerts where severity >= high to log, file "alerts.ndjson"`; null after a report. */
export function checkRoute(statement: RouteStatement, alertNames: AlertNames, context: Context): CheckedRoute | null {
  const { names, report } = context;
  const { stream } = statement;
  const routedNames = routedNamesOf(stream.name, alertNames, context);
  const targets = checkTargets(statement, routedNames?.subject ?? null, context);
  if (stream.name !== 'alerts' && names.stream(stream, report) === null) return null;
  if (routedNames === null) return null;
  const condition = checkCondition(statement.where, routedNames.condition, context);
  if (stream.name === 'alerts' && statement.where !== null) reportUnknownChanges(statement.where, null, report);
  if (condition === undefined || targets.length === 0) return null;
  return { stream: stream.name, condition, targets };
}

/** What the names of a route mean; null: its stream is not there, or wrong. */
function routedNamesOf(stream: string, alertNames: AlertNames, { schemas }: Context): AlertNames | null {
  if (stream === 'alerts') return alertNames;
  const schema = schemas.get(stream);
  if (schema === undefined) return null;
  const bindings = bindingsOf(schema, null);
  return { condition: bindings, subject: bindings };
}

/** What a condition over alerts may name: their level and rule, the fields of all rules' keys, labels. */
export function alertBindings(rules: readonly CheckedRule[], context: Context): Map<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const { rule, on, by } of rules) {
    for (const label of Object.keys(rule.labels)) bindings.set(label, symbol(label));
    const schema = context.schemas.get(on)!;
    for (const name of by ?? schema.key) {
      const { type, unit } = schema.fields.get(name)!;
      bindings.set(name, { kind: 'column', column: name, type, unit, declaredAt: null });
    }
  }
  for (const name of ['rule', 'change']) bindings.set(name, symbol(name));
  bindings.set('severity', { kind: 'column', column: 'severity', type: 'severity', unit: null, declaredAt: null });
  bindings.set('time', { kind: 'column', column: 'time', type: 'time', unit: null, declaredAt: null });
  return bindings;
}

function symbol(column: string): Binding {
  return { kind: 'column', column, type: 'symbol', unit: null, declaredAt: null };
}

/** Over single rows and alerts, as they go out: nothing can be remembered there. Undefined after a report. */
function checkCondition(
  where: Expression | null,
  names: ReadonlyMap<string, Binding>,
  context: Context,
): CheckedRoute['condition'] | undefined {
  if (where === null) return null;
  const scope = scopeOf([names, context.constants.bindings], {
    place: "a route's `where`",
    aggregates: 'none',
    hoist: NO_HOIST,
  });
  return conditionIn(where, scope, context)?.expression;
}

function checkTargets(
  { targets, span }: RouteStatement,
  names: ReadonlyMap<string, Binding> | null,
  { words, report }: Context,
): CheckedRoute['targets'] {
  return targets.flatMap(({ connector, address, span: targetSpan }) => {
    const known = words.connectors[connector.name];
    const writing = Object.keys(words.connectors).filter(name => words.connectors[name]!.write !== 'never');
    if (known === undefined || known.write === 'never') {
      const hint = hintFor(connector.name, writing, 'connectors');
      report(error('MR2534', connector.span, `nothing can be written to \`${connector.name}\``, { hint }));
      return [];
    }
    if (known.write === 'later') {
      const hint = 'routes to `log`, `file` and `nats` run';
      report(notYet('MR8069', targetSpan, `there are no routes to \`${connector.name}\``, hint));
      return [];
    }
    if (connector.name === 'file' && address === null) {
      report(error('MR2620', targetSpan, 'a file needs a name', { hint: 'write `file "alerts.ndjson"`' }));
      return [];
    }
    if (connector.name === 'nats') {
      if (address === null) {
        const hint = 'write `nats "alerts.{rule}"`';
        report(error('MR2631', targetSpan, 'a route to nats needs a subject', { hint }));
        return [];
      }
      if (!checkSubject(address, names, report)) return [];
    }
    return [{ connector: connector.name, address: address?.value ?? null, directory: directoryOf(span.file) }];
  });
}
