import type { DeriveStatement, File, RuleStatement, Statement, StreamStatement } from '../ast.ts';
import { namesIn } from './alerts-stream.ts';
import { Constants } from './constants.ts';
import type { Context, Sources } from './context.ts';
import { checkDerivedStream } from './derived-stream.ts';
import { Names } from './names.ts';
import type { CheckedRule, CheckedStream, Program } from './program.ts';
import type { Report } from './report.ts';
import { alertBindings, checkRoute } from './route.ts';
import { checkRule, isOnAlerts } from './rule.ts';
import { checkSourceStream } from './source-stream.ts';
import { checkStores } from './store.ts';
import { orderStreams } from './stream-order.ts';
import { checkTable } from './table.ts';
import { namesInSubjects, subjectBindings, withSubjectFields } from './subject.ts';
import { checkTest } from './test-case.ts';

/** Checks all statements of all files, whatever their order, and reports everything that is wrong with them. */
export function checkProgram(files: readonly File[], sources: Sources, report: Report): Program {
  const names = new Names(files, report);
  const statements = new StatementsByKind(files, names);
  const constants = new Constants(statements.of('let'), names, report);
  const context: Context = { names, constants, schemas: new Map(), tables: new Map(), sources, report };
  const tables = statements.of('table').flatMap(table => checkTable(table, context) ?? []);
  for (const { schema } of tables) context.tables.set(schema.name, schema);
  const streams = checkStreams([...statements.of('stream', 'derive')], context);
  const subjectNames = namesInSubjects(statements.of('route'));
  const check = (written: readonly RuleStatement[], rules: readonly CheckedRule[]) =>
    written
      .flatMap(rule => checkRule(rule, context, { rules, streams }) ?? [])
      .map(rule => withSubjectFields(rule, subjectNames, context));
  const [onAlerts, onStreams] = [true, false].map(is => statements.of('rule').filter(rule => isOnAlerts(rule) === is));
  const plain = check(onStreams!, []);
  const reading = check(onAlerts!, plain);
  const rules = [...withAlertFields(plain, reading, onAlerts!, context), ...reading];
  const conditionNames = alertBindings(rules, context);
  const areAllRight = rules.length === statements.of('rule').length;
  const alertNames = {
    condition: conditionNames,
    subject: areAllRight ? subjectBindings(rules, conditionNames) : null,
  };
  const rulesByName = new Map<string, CheckedRule>(rules.map(rule => [rule.name, rule]));
  return {
    tables,
    streams,
    rules,
    stores: checkStores(statements.of('store'), context),
    routes: statements.of('route').flatMap(route => checkRoute(route, alertNames, context) ?? []),
    tests: statements.of('test').flatMap(test => checkTest(test, rulesByName, context) ?? []),
  };
}

/** Alerts carry what rules on them ask for, and their rule's stream has. */
function withAlertFields(
  rules: readonly CheckedRule[],
  reading: readonly CheckedRule[],
  statements: readonly RuleStatement[],
  context: Context,
): CheckedRule[] {
  return rules.map(rule => {
    const readers = reading.filter(({ alerts }) => alerts!.rules.includes(rule.name));
    const written = statements.filter(({ name }) => readers.some(reader => reader.name === name.name));
    return withSubjectFields(rule, new Set(written.flatMap(statement => [...namesIn(statement)])), context);
  });
}

function checkStreams(statements: readonly (StreamStatement | DeriveStatement)[], context: Context): CheckedStream[] {
  const find = (name: string) => {
    const found = context.names.get(name);
    return found?.kind === 'stream' || found?.kind === 'derive' ? found : undefined;
  };
  const streams: CheckedStream[] = [];
  for (const statement of orderStreams(statements, find, context.report)) {
    const stream =
      statement.kind === 'stream' ? checkSourceStream(statement, context) : checkDerivedStream(statement, context);
    if (stream === null) continue;
    streams.push(stream);
    context.schemas.set(stream.schema.name, stream.schema);
  }
  return streams;
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
