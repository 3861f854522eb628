import type { Expression as Syntax, RuleStatement } from '../ast.ts';
import { withoutMark } from '../describe-expression.ts';
import type { Span } from '../diagnostics.ts';
import type { SuppressingAlert, ValueType } from '../plan.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { ColumnNames } from './columns.ts';
import type { Context } from './context.ts';
import { keyValue } from './look-up.ts';
import { error } from './report.ts';
import type { StreamSchema } from './schema.ts';
import type { Checked } from './scope.ts';
import type { AskedAlert } from './suppression-order.ts';

/** Calls of `alert("rule", key)` in one rule: each is a column of type bool, and equal ones are the same. */
export class AlertCalls {
  /** With the names of rules. */
  readonly list: SuppressingAlert[] = [];
  readonly asked: AskedAlert[] = [];
  /** Of the columns that keys are made of. */
  readonly keyTypes = new Map<string, ValueType>();
  readonly #context: Context;
  readonly #names = new ColumnNames();
  readonly #spans = new Map<string, Span>(); // by column

  constructor(context: Context) {
    this.#context = context;
  }

  isAlert(column: string): boolean {
    return this.#spans.has(column);
  }

  spanOf(column: string): Span {
    return this.#spans.get(column)!;
  }

  /** Null after a report, and where the rule is wrong itself. */
  check(call: Call, checker: Checker): Checked | null {
    const [name, ...given] = call.arguments;
    const values = given.map(syntax => checker.check(syntax));
    const rule = this.#ruleNamed(name, call);
    if (rule === null) return null;
    this.asked.push({ rule: rule.name.name, span: call.span });
    const scope = this.#context.ruleScopes.get(rule.name.name);
    const key = scope === undefined ? null : this.#key(scope.schema, { rule, values, call }, checker);
    if (key === null) return null;
    const column = this.#columnOf(rule.name.name, key, call.span);
    return { expression: { kind: 'column', type: 'bool', column }, type: 'bool', unit: null, span: call.span };
  }

  #ruleNamed(name: Syntax | undefined, { span }: Call): RuleStatement | null {
    const { names, report } = this.#context;
    if (name?.kind === 'string') return names.rule({ kind: 'identifier', name: name.value, span: name.span }, report);
    const hint = name?.kind === 'name' ? `write \`"${name.name}"\`` : 'for example `alert("line_stopped", site)`';
    report(error('MR3081', name?.span ?? span, '`alert` asks of a rule, whose name stands in quotes', { hint }));
    return null;
  }

  #key(schema: StreamSchema, of: AlertCall, checker: Checker): readonly string[] | null {
    const { key, fields } = schema;
    if (of.values.length !== key.length) return reportCount(key, of, checker);
    const parts = of.values.map((value, i) => value && keyValue(fields.get(key[i]!)!, value, checker));
    const columns: string[] = [];
    for (const part of parts) {
      if (part === null) return null;
      const column = checker.scope.hoist.compute(part);
      this.keyTypes.set(column, part.type);
      columns.push(column);
    }
    return columns;
  }

  #columnOf(rule: string, key: readonly string[], span: Span): string {
    const text = `alert(${[rule, ...key.map(withoutMark)].join(', ')})`;
    const { column, isNew } = this.#names.nameFor(text, [rule, key]);
    if (isNew) {
      this.list.push({ column, rule, key });
      this.#spans.set(column, span);
    }
    return column;
  }
}

type AlertCall = { readonly rule: RuleStatement; readonly values: readonly (Checked | null)[]; readonly call: Call };

function reportCount(key: readonly string[], { rule, values, call }: AlertCall, { report }: Checker): null {
  const { name, span } = rule.name;
  const is = key.length === 0 ? 'has no field' : `is ${key.map(field => `\`${field}\``).join(' and ')}`;
  const given =
    values.length === 0 ? 'no value is' : values.length === 1 ? 'one value is' : `${values.length} values are`;
  const hint = `write \`alert(${[`"${name}"`, ...key].join(', ')})\``;
  const related = [{ span, message: 'the rule' }];
  report(error('MR3082', call.span, `the key of \`${name}\` ${is}, and ${given} given`, { hint, related }));
  return null;
}
