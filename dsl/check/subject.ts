import type { RouteStatement, StringLiteral } from '../ast.ts';
import { hintFor } from '../did-you-mean.ts';
import type { Context } from './context.ts';
import type { CheckedRule } from './program.ts';
import { error, type Report } from './report.ts';
import { qualityFieldOf } from './schema.ts';
import type { Binding } from './scope.ts';

/**
 * `nats "alerts.{site}.{severity}"`: what a message is published to, with names in braces.
 * The first part is fixed, so that no value leads to a subject of the server's own. Without names only the form is
 * checked. False after a report.
 */
export function checkSubject(
  address: StringLiteral,
  names: ReadonlyMap<string, Binding> | null,
  report: Report,
): boolean {
  const wrong = whatIsWrong(address.value);
  if (wrong !== null) {
    const hint = 'write a fixed first part, and names in braces: `nats "alerts.{site}.{severity}"`';
    report(error('MR2631', address.span, `this is no subject to publish to: ${wrong}`, { hint }));
    return false;
  }
  if (names === null) return true;
  const known = [...names].filter(([name, binding]) => isValue(name, binding)).map(([name]) => name);
  for (const [, name] of address.value.matchAll(HOLES)) {
    if (known.includes(name!) || names.get(name!)?.kind === 'faulty') continue;
    const hint = hintFor(name!, known, 'names');
    report(error('MR2630', address.span, `\`{${name}}\` is nothing that a subject can hold`, { hint }));
    return false;
  }
  return true;
}

/** Names in the subjects of all routes of alerts. */
export function namesInSubjects(routes: readonly RouteStatement[]): ReadonlySet<string> {
  const targets = routes.flatMap(({ stream, targets: ofRoute }) => (stream.name === 'alerts' ? ofRoute : []));
  const subjects = targets.flatMap(({ connector, address }) =>
    connector.name === 'nats' ? (address?.value ?? []) : [],
  );
  return new Set(subjects.flatMap(subject => [...subject.matchAll(HOLES)].map(([, name]) => name!)));
}

/** Alerts of the rule carry what subjects name and the rule's stream has. */
export function withSubjectFields(rule: CheckedRule, names: ReadonlySet<string>, context: Context): CheckedRule {
  if (rule.silence !== null) return rule; // there is no event whose fields could be named
  const schema = context.schemas.get(rule.on)!;
  const key = rule.by ?? schema.key;
  const added = [...names].flatMap(name => {
    const field = schema.fields.get(name);
    const isKnown = key.includes(name) || Object.hasOwn(rule.rule.labels, name) || OF_ALERTS.includes(name);
    if (field === undefined || isKnown || rule.rule.values.some(value => value.name === name)) return [];
    if (qualityFieldOf(schema) === name) return [];
    return [{ name, type: field.type, ...(field.unit === null ? {} : { unit: field.unit.text }), column: name }];
  });
  if (added.length === 0) return rule;
  return { ...rule, rule: { ...rule.rule, values: [...rule.rule.values, ...added] } };
}

/** What a subject of alerts may name: all that a condition may, and values that alerts carry. */
export function subjectBindings(
  rules: readonly CheckedRule[],
  alertNames: ReadonlyMap<string, Binding>,
): ReadonlyMap<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const { rule } of rules) {
    for (const { name, type } of rule.values) {
      if (/^\w+$/u.test(name)) bindings.set(name, { kind: 'column', column: name, type, unit: null, declaredAt: null });
    }
  }
  return new Map([...bindings, ...alertNames]);
}

const OF_ALERTS = ['rule', 'severity', 'change', 'time'];

function isValue(name: string, binding: Binding): boolean {
  return binding.kind === 'column' && binding.column === name;
}

function whatIsWrong(address: string): string | null {
  const tokens = address.split('.');
  const literal = address.replaceAll(HOLES, '');
  if (tokens.includes('')) return address === '' ? 'it is empty' : 'between its dots something is missing';
  if (/[{}]/.test(literal)) return 'braces hold one name';
  if (/[\s\p{Cc}*>]/u.test(literal)) return 'spaces, `*` and `>` cannot be published to';
  if (tokens[0]!.includes('{')) return 'it begins with a name';
  if (/^[$_]/.test(tokens[0]!)) return `\`${tokens[0]}\` belongs to NATS`;
  const holes = [...address.matchAll(HOLES)].length;
  return holes > MAX_HOLES || literal.length > MAX_LITERAL ? 'it is too long' : null;
}

const HOLES = /\{(\w+)\}/gu;
const MAX_HOLES = 16;
const MAX_LITERAL = 512;
