import type { DeriveStatement, File, RuleStatement, Statement, StreamStatement } from '../ast.ts';
import { ALERT_FIELDS } from '../plan.ts';
import type { Words } from '../extensions.ts';
import type { AlertSources } from './alerts-stream.ts';
import { Constants } from './constants.ts';
import type { Context, Sources } from './context.ts';
import { checkDerivedStream } from './derived-stream.ts';
import { Names } from './names.ts';
import type { CheckedRule, CheckedStream, Program } from './program.ts';
import type { Report } from './report.ts';
import { orderReaders } from './reader-order.ts';
import { alertBindings, checkRoute } from './route.ts';
import { checkRevisions } from './revise.ts';
import { checkRule } from './rule.ts';
import { checkSourceStream } from './source-stream.ts';
import { checkStores } from './store.ts';
import { orderStreams, readersOfAlerts, streamsOfInput } from './stream-order.ts';
import { withSuppressions } from './suppression.ts';
import { checkTable } from './table.ts';
import { namesInSubjects, subjectBindings, withSubjectFields } from './subject.ts';
import { checkTest } from './test-case.ts';

/** Checks all statements of all files, whatever their order, and reports everything that is wrong with them. */
export function checkProgram(files: readonly File[], words: Words, sources: Sources, report: Report): Program {
  const names = new Names(files, report);
  const statements = new StatementsByKind(files, names);
  const constants = new Constants(statements.of('let'), words, names, report);
  const shared = { schemas: new Map(), tables: new Map(), ruleScopes: new Map() };
  const context: Context = { names, constants, ...shared, sources, words, report };
  const tables = statements.of('table').flatMap(table => checkTable(table, context) ?? []);
  for (const { schema } of tables) context.tables.set(schema.name, schema);
  const find = (name: string) => {
    const found = names.get(name);
    return found?.kind === 'stream' || found?.kind === 'derive' ? found : undefined;
  };
  const ordered = orderStreams(statements.of('stream', 'derive'), find, report);
  const ofAlerts = readersOfAlerts(ordered);
  const readsAlerts = (name: string) => name === 'alerts' || ofAlerts.has(name);
  const [streamsBehind, streamsBefore] = split(ordered, ({ name }) => readsAlerts(name.name));
  const [rulesBehind, rulesBefore] = split(statements.of('rule'), ({ on }) =>
    streamsOfInput(on).some(({ name }) => readsAlerts(name)),
  );
  const subjectNames = namesInSubjects(statements.of('route'));
  const check = (written: readonly RuleStatement[], alertsOf: AlertSources) =>
    written
      .flatMap(rule => checkRule(rule, context, alertsOf) ?? [])
      .map(rule => withSubjectFields(rule, subjectNames, context));
  const ofRules = new Set(rulesBehind.map(({ name }) => name.name));
  const known: AlertSources = { rules: [], streams: [], behind: ofRules };
  known.streams.push(...checkStreams(streamsBefore, context, known));
  known.rules.push(...check(rulesBefore, known));
  for (const reader of orderReaders([...streamsBehind, ...rulesBehind], report)) {
    if (reader.kind === 'rule') known.rules.push(...check([reader], known));
    else known.streams.push(...checkStreams([reader], context, known));
  }
  const { streams } = known;
  const checked = new Map(known.rules.map(rule => [rule.name, rule]));
  const inFile = [...rulesBefore, ...rulesBehind].flatMap(({ name }) => checked.get(name.name) ?? []);
  const rules = withSuppressions(withAlertFields(inFile, [...streams, ...inFile], context), context);
  const conditionNames = alertBindings(rules, context);
  const areAllRight = rules.length === statements.of('rule').length;
  const alertNames = {
    condition: conditionNames,
    subject: areAllRight ? subjectBindings(rules, conditionNames) : null,
  };
  const rulesByName = new Map<string, CheckedRule>(rules.map(rule => [rule.name, rule]));
  const stores = checkStores(statements.of('store'), context);
  const written = { derived: statements.of('derive'), stores: statements.of('store') };
  return {
    tables,
    streams: checkRevisions({ streams, rules, stores }, written, context),
    rules,
    stores,
    routes: statements.of('route').flatMap(route => checkRoute(route, alertNames, context) ?? []),
    tests: statements.of('test').flatMap(test => checkTest(test, rulesByName, context) ?? []),
  };
}

/** Alerts carry what those who read them ask for, and their rule's stream has. */
function withAlertFields(
  rules: readonly CheckedRule[],
  readers: readonly (CheckedRule | CheckedStream)[],
  context: Context,
): CheckedRule[] {
  const asked = new Map(rules.map(rule => [rule.name, new Set<string>()]));
  for (const reader of readers) {
    if (!('alerts' in reader) || reader.alerts === undefined) continue;
    for (const rule of reader.alerts.rules) {
      for (const name of reader.alerts.asked) if (!OF_ALERTS.has(name)) asked.get(rule)!.add(name);
    }
  }
  return rules.map(rule => withSubjectFields(rule, asked.get(rule.name)!, context));
}

/** Said by each change itself, whatever the rule's own stream has. */
const OF_ALERTS: ReadonlySet<string> = new Set(ALERT_FIELDS.map(({ name }) => name));

function checkStreams(
  ordered: readonly (StreamStatement | DeriveStatement)[],
  context: Context,
  alertsOf: AlertSources,
): CheckedStream[] {
  const streams: CheckedStream[] = [];
  for (const statement of ordered) {
    const stream =
      statement.kind === 'stream'
        ? checkSourceStream(statement, context)
        : checkDerivedStream(statement, context, alertsOf);
    if (stream === null) continue;
    streams.push(stream);
    context.schemas.set(stream.schema.name, stream.schema);
  }
  return streams;
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(isFirst), all.filter(one => !isFirst(one))];
}

class StatementsByKind {
  readonly #statements: readonly Statement[];

  /** The second statement of a name is reported as such and not looked into. */
  constructor(files: readonly File[], names: Names) {
    this.#statements = files.flatMap(file => file.statements).filter(statement => isUsed(statement, names));
  }

  of<K extends Statement['kind']>(...kinds: readonly K[]): Extract<Statement, { kind: K }>[] {
    return this.#statements.filter((statement): statement is Extract<Statement, { kind: K }> =>
      kinds.some(kind => kind === statement.kind),
    );
  }
}

function isUsed(statement: Statement, names: Names): boolean {
  switch (statement.kind) {
    case 'let':
    case 'stream':
    case 'derive':
    case 'table':
    case 'rule':
      return names.isDeclaration(statement);
    default:
      return true;
  }
}
