import type { Expression, Pattern, RuleMember, RuleStatement } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import type { Unit } from '../catalog/unit.ts';
import { type RuleLevel, type RuleNode, SILENT, type Template } from '../plan.ts';
import { reportActions } from './actions-stream.ts';
import { AlertValues } from './alert-values.ts';
import { checkBy, rekeyed } from './by.ts';
import { ColumnNames, StageColumns } from './columns.ts';
import { conditionIn, expressionIn, lookupsIn } from './condition.ts';
import type { Context } from './context.ts';
import { positiveUs } from './duration.ts';
import { checkExpression } from './expression.ts';
import { literal } from './fold.ts';
import { reportLasting, reportWhereOfMatch } from './match-clauses.ts';
import { checkMessage, type HoleResolver } from './message.ts';
import { checkPattern, type PatternMatches } from './pattern.ts';
import { holeExpression, whyNoValue } from './pattern-hole.ts';
import { type AlertSources, alertsInput } from './alerts-stream.ts';
import type { CheckedRule } from './program.ts';
import { error, warning } from './report.ts';
import { reportRepeated } from './repeated-members.ts';
import { bindingsOf, type StreamSchema } from './schema.ts';
import type { Binding, Checked, RecordBinding, Scope } from './scope.ts';
import { NO_HOIST, scopeOf } from './statement-scope.ts';
import { checkSilence, keyOnly } from './silence.ts';
import { checkWhere, type RowNames } from './where.ts';

/** `rule overheating on motor { … }`; null after a report. */
export function checkRule(statement: RuleStatement, context: Context, alertsOf: AlertSources): CheckedRule | null {
  reportRepeated(statement.members, context);
  const { on } = statement;
  if (on.kind === 'on-pattern') return checkPatternRule(statement, on.pattern, context);
  const isOnAlerts = on.kind === 'on-stream' && on.stream.name === 'alerts';
  const onAlerts = isOnAlerts ? alertsInput(statement, on, alertsOf, context) : null;
  if (onAlerts !== null) context.schemas.set(onAlerts.schema.name, onAlerts.schema);
  const input = isOnAlerts ? (onAlerts?.schema ?? null) : inputOf(statement, context);
  if (input === null) return null;
  const silence = on.kind === 'on-silence' ? checkSilence(on, statement, input, context) : null;
  if (silence === undefined) return null;
  const alias = on.kind === 'on-stream' ? (on.alias?.name ?? null) : null;
  const by = statement.by === null ? null : checkBy(statement.by, input, alias, context);
  const names = { alias, lookups: lookupsOf(statement, silence === null ? input : keyOnly(input), alias, context) };
  const where = statement.where === null ? null : checkWhere(statement.where, input, names, context);
  if (statement.by !== null && by === null) return null;
  const schema = silence === null ? (by === null ? input : rekeyed(input, by)) : keyOnly(input);
  const members = new RuleCheck(statement, { schema, ...names, matches: null }, context).check();
  if (members === null || (statement.where !== null && where === null)) return null;
  const alerts = onAlerts === null ? {} : { alerts: onAlerts.alerts };
  context.ruleScopes.set(statement.name.name, { statement, schema, names, matches: null });
  return { name: statement.name.name, on: input.name, ...alerts, silence, where, by, ...members };
}

/** `rule wear on a: motor[…] -> b: motor[…] within 5m { … }`: its rows are matches. */
function checkPatternRule(statement: RuleStatement, pattern: Pattern, context: Context): CheckedRule | null {
  const { name, by, where, members } = statement;
  if (where !== null) reportWhereOfMatch(where, context.report);
  const areMomentary = reportLasting(members, context.report);
  const matches = checkPattern(pattern, { name: name.name, by, skip: 'past-last' }, context);
  if (matches === null) return null;
  const { schema } = matches;
  context.schemas.set(schema.name, schema);
  const scope = scopeOf([bindingsOf(schema, null), matches.bindings, context.constants.bindings], {
    place: '`lookup`',
    aggregates: 'range',
    hoist: NO_HOIST,
    unbound: matches.unbound,
  });
  const lookups = lookupsIn(statement.lookups, scope, context);
  const rule = new RuleCheck(statement, { schema, alias: null, lookups, matches }, context).check();
  const checked = matches.pattern();
  if (rule === null || checked === null || where !== null || !areMomentary) return null;
  context.ruleScopes.set(name.name, { statement, schema, names: { alias: null, lookups }, matches });
  return { name: name.name, on: schema.name, pattern: checked, silence: null, where: null, by: null, ...rule };
}

function lookupsOf(statement: RuleStatement, input: StreamSchema, alias: string | null, context: Context) {
  const scope = scopeOf([bindingsOf(input, alias), context.constants.bindings], {
    place: '`lookup`',
    aggregates: 'range',
    hoist: NO_HOIST,
  });
  return lookupsIn(statement.lookups, scope, context);
}

type Members = Pick<CheckedRule, 'columns' | 'rule'>;

/** What a rule's conditions are over. */
type RuleRows = RowNames & { readonly schema: StreamSchema; readonly matches: PatternMatches | null };

class RuleCheck {
  readonly #statement: RuleStatement;
  readonly #schema: StreamSchema;
  readonly #context: Context;
  readonly #columns = new StageColumns('rule', new ColumnNames());
  readonly #bindings: ReadonlyMap<string, Binding>;
  readonly #lookups: ReadonlyMap<string, Binding>;
  readonly #comparedUnits = new Map<string, Unit>();
  readonly #values: AlertValues;
  readonly #matches: PatternMatches | null;
  #whileOfMatches: Checked['expression'] | null = null;
  #isWhole = true;

  constructor(statement: RuleStatement, { schema, alias, lookups, matches }: RuleRows, context: Context) {
    this.#statement = statement;
    this.#schema = schema;
    this.#context = context;
    this.#bindings = new Map([...bindingsOf(schema, alias), ...(matches?.bindings ?? [])]);
    this.#lookups = lookups;
    this.#matches = matches;
    const bound = matches?.values ?? null;
    this.#values = new AlertValues({ schema, columns: this.#columns, comparedUnits: this.#comparedUnits, bound });
  }

  check(): Members | null {
    if (this.#matches !== null) this.#checkWhileOfMatches();
    const levels = this.#levels();
    const clear = this.#clear();
    const whileHolds = this.#while();
    const message = this.#message();
    const labels = this.#labels();
    if (levels.length === 0 && this.#isWhole) this.#reportNoLevel();
    if (levels.length === 0 || !this.#isWhole) return null;
    return {
      columns: this.#columns.requests,
      rule: {
        levels,
        ...clear,
        while: whileHolds,
        cooldownUs: this.#find('cooldown')?.duration.us ?? 0,
        ...(this.#find('latch') === undefined ? {} : { isLatched: true }),
        ...(this.#matches === null ? {} : { isMomentary: true }),
        ...this.#escalation(),
        otherwise: this.#find('quality')?.otherwise ?? 'hold',
        message,
        values: this.#values.list,
        labels,
        ...this.#texts(),
      },
    };
  }

  #isOfMatches(stream: string): boolean {
    const statement = this.#context.names.get(stream);
    return statement?.kind === 'derive' && statement.from.kind === 'from-match';
  }

  #levels(): RuleLevel[] {
    const levels: RuleLevel[] = [];
    for (const member of this.#statement.members) {
      if (member.kind !== 'level') continue;
      const { severity } = member.severity;
      const { on } = this.#statement;
      if (member.when === null && on.kind === 'on-stream') {
        const hint = this.#isOfMatches(on.stream.name)
          ? `each of its rows is a match: write \`on m: ${on.stream.name} { ${severity} … }\``
          : `write \`${severity} when …\``;
        this.#fail('MR3010', member.span, 'a level of a rule on a stream needs a condition', hint);
        continue;
      }
      if (member.gap !== null && member.for === null) {
        const hint = `write \`for 30s gap ${member.gap.text}\``;
        this.#fail('MR3011', member.gap.span, '`gap` ends what `for` counts, and there is no `for`', hint);
      }
      const when = member.when === null ? this.#always() : this.#condition(member.when, "a level's `when`");
      const forUs = member.for === null ? 0 : this.#positiveUs(member.for, '`for`', 'without `for` it raises at once');
      const gapUs = member.gap === null ? null : this.#positiveUs(member.gap, '`gap`');
      if (when !== null) levels.push({ severity, when, forUs, gapUs });
    }
    return levels;
  }

  #clear(): Pick<RuleNode, 'clear' | 'clearAfterUs'> {
    let clear: RuleNode['clear'] = null;
    let clearAfterUs: number | null = null;
    for (const member of this.#statement.members) {
      if (member.kind !== 'clear') continue;
      if (member.after !== null) clearAfterUs = this.#positiveUs(member.after, '`clear after`');
      if (member.when === null) continue;
      if (this.#holdsAtEachMatch()) {
        const hint = 'write `clear after 30m`: so long after the last match';
        this.#fail(
          'MR3058',
          member.when.span,
          '`clear when` is asked at matches, and a level holds at each of them',
          hint,
        );
        continue;
      }
      const when = this.#condition(member.when, "`clear`'s `when`");
      const forUs = member.for === null ? 0 : this.#positiveUs(member.for, '`for`', 'without `for` it clears at once');
      if (when !== null) clear = { when, forUs };
    }
    return { clear, clearAfterUs };
  }

  #holdsAtEachMatch(): boolean {
    if (this.#find('while') !== undefined) return false;
    const { members } = this.#statement;
    return this.#matches !== null && members.some(member => member.kind === 'level' && member.when === null);
  }

  #while(): RuleNode['while'] {
    const member = this.#find('while');
    if (member === undefined || this.#matches !== null) return null;
    const condition = this.#condition(member.condition, '`while`');
    const settleUs = member.settle?.us ?? 0;
    return condition === null ? null : { condition, settleUs };
  }

  /** It is asked of the match, as the levels' conditions are: one more that has to be true. */
  #checkWhileOfMatches(): void {
    const member = this.#find('while');
    if (member === undefined) return;
    const checked = conditionIn(member.condition, this.#scope('`while`'), this.#context);
    if (checked === null) this.#isWhole = false;
    else this.#whileOfMatches = checked.expression;
  }

  #escalation(): Pick<RuleNode, 'escalate'> {
    const member = this.#find('escalate');
    if (member === undefined) return {};
    const { to, after, isUnlessAcked } = member;
    const afterUs = this.#positiveUs(
      after,
      '`escalate … after`',
      `to have it at once, write \`${to.severity} when …\``,
    );
    return { escalate: { severity: to.severity, afterUs, isUnlessAcked } };
  }

  #message(): Template | null {
    const member = this.#text('message');
    if (member === undefined) return null;
    const template = checkMessage(member.text, this.#holes(), this.#context);
    if (template === null) this.#isWhole = false;
    return template;
  }

  #holes(): HoleResolver {
    const { key, fields } = this.#schema;
    const constants = this.#context.constants.bindings;
    return {
      resolve: written => {
        const name = this.#withoutRecord(written);
        if (key.includes(name)) return { value: name };
        const value = this.#values.find(name) ?? this.#lookedUp(name) ?? this.#bound(name);
        if (value !== undefined) return { value };
        if (name === 'time' || this.#bindings.get(name)?.kind === 'column') return { value: 'time' };
        if (name === 'severity' || name === 'rule') return { value: name };
        const constant = constants.get(name);
        if (constant?.kind === 'constant') return textOf(constant.value);
        return this.#isOfWrong(name) ? '' : undefined;
      },
      names: () => [...fields.keys(), ...this.#boundNames(), 'severity', 'rule', 'time', ...constants.keys()],
      ...(this.#matches === null ? {} : { why: this.#whyNoValue(this.#matches) }),
    };
  }

  /** The name of the value for `{v.last.rms}` or `{b.time - a.time}` of a match. */
  #bound(name: string): string | undefined {
    const syntax = this.#matches && holeExpression(name, this.#statement.name.span);
    if (!syntax) return undefined;
    const scope = this.#scope('`message`');
    const value = checkExpression(syntax, scope, () => {}); // an unknown name is reported as such
    if (value !== null && syntax.kind === 'binary') return this.#values.addComputed(name, value);
    const column = value?.expression.kind === 'column' ? value.expression.column : '';
    return this.#matches?.values.find(column) === undefined ? undefined : this.#values.addColumn(column);
  }

  #whyNoValue({ bindings }: PatternMatches): NonNullable<HoleResolver['why']> {
    return (text, span) => whyNoValue({ text, span }, { bindings, scope: this.#scope('`message`') });
  }

  /** As examples of what a message may name. */
  #boundNames(): string[] {
    return [...(this.#matches?.bindings ?? [])].flatMap(([name, binding]) => {
      if (binding.kind === 'repeated') return [`count(${name})`, ...membersOf(binding.last, `${name}.last`)];
      return binding.kind === 'record' ? membersOf(binding, name) : [];
    });
  }

  /** The name of the value for `{d.site}`. */
  #lookedUp(name: string): string | undefined {
    const [row, field, ...rest] = name.split('.');
    const binding = this.#lookups.get(row!);
    if (field === undefined || rest.length > 0 || binding?.kind !== 'lookup') return undefined;
    if (!binding.table.fields.has(field)) return undefined;
    const object = { kind: 'name', name: row!, span: binding.declaredAt } as const;
    const property = { kind: 'identifier', name: field, span: binding.declaredAt } as const;
    const value = expressionIn(
      { kind: 'member', object, property, span: object.span },
      this.#scope('`message`'),
      this.#context,
    );
    return value?.expression.kind === 'column' ? this.#values.addColumn(value.expression.column) : undefined;
  }

  /** A field that is wrong, or a call that a condition which is wrong may have: nothing more is said about it. */
  #isOfWrong(name: string): boolean {
    return this.#schema.faulty.has(name) || (!this.#isWhole && /^\w+\(.*\)$/.test(name));
  }

  /** `m.temp` of `on motor as m` is the field. */
  #withoutRecord(name: string): string {
    if (this.#matches !== null) return name; // each event has values of its own
    const dot = name.indexOf('.');
    const isRecord = dot > 0 && this.#bindings.get(name.slice(0, dot))?.kind === 'record';
    return isRecord ? name.slice(dot + 1) : name;
  }

  #labels(): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const member of this.#statement.members) {
      if (member.kind !== 'labels') continue;
      for (const { name, value } of member.labels) {
        if (Object.hasOwn(labels, name.name))
          this.#fail('MR2602', name.span, `the label \`${name.name}\` is given twice`);
        // a label may be called `__proto__`
        Object.defineProperty(labels, name.name, { value: value.value, enumerable: true, configurable: true });
      }
    }
    return labels;
  }

  #texts(): Pick<RuleNode, 'cause' | 'consequence' | 'response' | 'runbook'> {
    const texts: Partial<Record<'cause' | 'consequence' | 'response' | 'runbook', string>> = {};
    for (const name of ['cause', 'consequence', 'response', 'runbook'] as const) {
      const member = this.#text(name);
      if (member !== undefined) texts[name] = member.text.value;
    }
    return texts;
  }

  /** The column of a condition; null after a report. */
  #condition(condition: Expression, place: string): string | null {
    const checked = conditionIn(condition, this.#scope(place), this.#context);
    if (checked === null) {
      this.#isWhole = false;
      return null;
    }
    this.#values.addOf(checked.expression);
    const isOfLevel = place === "a level's `when`";
    if (isOfLevel && this.#isOfSilence) return this.#silent(checked.expression);
    return this.#columns.compute(this.#asked(checked.expression));
  }

  #asked(condition: Checked['expression']): Checked['expression'] {
    const left = this.#whileOfMatches;
    return left === null ? condition : { kind: 'and', type: 'bool', left, right: condition };
  }

  /** Of a level without a condition: it holds while the key is silent, and at each match. */
  #always(): string {
    return this.#isOfSilence
      ? this.#silent(null)
      : this.#columns.compute(this.#whileOfMatches ?? literal('bool', true));
  }

  get #isOfSilence(): boolean {
    return this.#statement.on.kind === 'on-silence';
  }

  /** A level of a rule on silence holds while the key is silent. */
  #silent(condition: Checked['expression'] | null): string {
    const silent = { kind: 'column', type: 'bool', column: SILENT } as const;
    if (condition === null) return this.#columns.compute(silent);
    return this.#columns.compute({ kind: 'and', type: 'bool', left: silent, right: condition });
  }

  #scope(place: string): Scope {
    return scopeOf([this.#bindings, this.#lookups, this.#context.constants.bindings], {
      place,
      aggregates: 'range',
      hoist: this.#columns,
      comparedUnits: this.#comparedUnits,
      onCall: (column, span) => this.#values.addCall(column, this.#context.sources.textOf(span)),
      ...(this.#matches === null ? {} : { unbound: this.#matches.unbound }),
    });
  }

  #positiveUs(...[duration, what, hint]: [Parameters<typeof positiveUs>[0], string, string?]): number {
    return positiveUs(duration, what, this.#context.report, hint);
  }

  #find<K extends RuleMember['kind']>(kind: K): Extract<RuleMember, { kind: K }> | undefined {
    return this.#statement.members.find(member => member.kind === kind) as Extract<RuleMember, { kind: K }> | undefined;
  }

  #text(name: string): Extract<RuleMember, { kind: 'text' }> | undefined {
    return this.#statement.members.find(member => member.kind === 'text' && member.name === name) as
      | Extract<RuleMember, { kind: 'text' }>
      | undefined;
  }

  #fail(code: string, span: Span, message: string, hint?: string): void {
    this.#isWhole = false;
    this.#context.report(error(code, span, message, { hint }));
  }

  #reportNoLevel(): void {
    const { name } = this.#statement;
    const hint = 'write for example `high when temp > 85 degC`';
    this.#context.report(warning('MR3012', name.span, `\`${name.name}\` has no level and never raises`, { hint }));
  }
}

function inputOf({ on }: RuleStatement, { names, schemas, report }: Context): StreamSchema | null {
  if (on.kind === 'on-pattern') return null; // which has rows of its own
  const name = on.stream.name;
  if (name === 'actions') {
    reportActions(on.stream.span, report);
    return null;
  }
  return names.stream(on.stream, report) && (schemas.get(name) ?? null);
}

function membersOf({ members }: RecordBinding, record: string): string[] {
  return [...members.keys()].map(name => `${record}.${name}`);
}

function textOf({ expression, unit }: Checked): string | undefined {
  if (expression.kind !== 'literal') return undefined;
  return `${expression.value}${unit === null ? '' : ` ${unit.text}`}`;
}
