import {
  describeAggregate,
  describeDetector,
  describeDuration,
  describeExpression,
  describeHistory,
  describeRange,
} from './describe-expression.ts';
import { describeField, describeType } from './describe-field.ts';
import { describeJoin } from './describe-join.ts';
import { describePanes } from './describe-panes.ts';
import { describeBound, describePattern } from './describe-pattern.ts';
import { explainPattern } from './explain-pattern.ts';
import { describeUnique } from './describe-unique.ts';
import {
  type AggregateColumn,
  type Field,
  inputsOf,
  type MatchNode,
  type MergeInput,
  type Plan,
  type PlanNode,
  type RuleNode,
  type SourceNode,
  type TableNode,
  type Template,
} from './plan.ts';

/**
 * The plan as text for people: each node under the one that it reads, a merge under the first, in the plan's order, with what it does. Ends with
 * a line feed.
 */
export function explainPlan(plan: Plan): string {
  const readers = readersOf(plan.nodes);
  const lines: string[] = [];
  const waiting = plan.nodes
    .filter(node => isRoot(node))
    .map(node => ({ node, depth: 0 }))
    .toReversed();
  while (waiting.length > 0) {
    const { node, depth } = waiting.pop()!;
    const indent = '  '.repeat(depth);
    lines.push(`${indent}${titleOf(node)}`, ...detailsOf(node).map(detail => `${indent}    ${detail}`));
    const inside = readers.get(node.id) ?? [];
    waiting.push(...inside.map(reader => ({ node: reader, depth: depth + 1 })).toReversed());
  }
  return `${lines.join('\n')}\n`;
}

function isRoot(node: PlanNode): boolean {
  return node.kind === 'source' || node.kind === 'table' || (node.kind === 'route' && node.input === 'alerts');
}

function readersOf(nodes: readonly PlanNode[]): ReadonlyMap<string, readonly PlanNode[]> {
  const readers = new Map<string, PlanNode[]>();
  for (const node of nodes) {
    const [input] = inputsOf(node);
    if (input === undefined) continue;
    const list = readers.get(input);
    if (list === undefined) readers.set(input, [node]);
    else list.push(node);
  }
  return readers;
}

function titleOf(node: PlanNode): string {
  return `${node.kind} ${node.kind === 'rule' ? node.name : node.id}`;
}

function detailsOf(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'source':
      return sourceDetails(node);
    case 'side':
      return [
        `what ${node.input} ${node.side === 'late' ? 'gets too late' : 'rejects'}, by arrival`,
        ...node.fields.map(fieldText),
      ];
    case 'alerts':
      return [
        `changes of alerts of ${node.rules.join(', ')}, by arrival`,
        `key ${node.key.length === 0 ? 'none' : node.key.map(({ name }) => name).join(', ')}`,
        ...node.fields.map(fieldText),
      ];
    case 'filter':
      return [`where ${describeExpression(node.condition)}`];
    case 'select':
      return node.fields.map(field => {
        const value = field.column === field.name ? '' : ` = ${field.column}`;
        return `${fieldText(field)}${value}`;
      });
    case 'compute':
      return [`= ${describeExpression(node.expression)}`];
    case 'range':
      return [
        `over the last ${describeRange(node.range)}${qualityText(node.quality)}`,
        ...node.aggregates.map(aggregateText),
      ];
    case 'history':
      return [`= ${describeHistory(node)}${qualityText(node.quality ?? null)}`];
    case 'detector':
      return node.outputs.map(({ name, of }) => `${name} = ${describeDetector(node, of)}${qualityText(node.quality)}`);
    case 'table':
      return tableDetails(node);
    case 'lookup':
      return [
        `${node.table}[${node.key.join(', ')}], as of its time`,
        ...node.fields.map(({ name, field }) => `${name} = ${field}`),
      ];
    case 'silence': {
      const expected = node.expectedBy === null ? 'that has been seen' : `of ${node.expectedBy}`;
      return [`no message for ${describeDuration(node.forUs)}, of each key ${expected}`];
    }
    case 'rekey':
      return [node.by.length === 0 ? 'one key for all' : `by ${node.by.join(', ')}`];
    case 'interval-join':
    case 'latest-join':
      return [describeJoin(node), ...node.fields.map(field => `${fieldText(field)} = ${field.column}`)];
    case 'merge':
      return [
        `in one order: ${node.inputs.map(mergeInputText).join(' · ')}`,
        `key ${node.key.length === 0 ? 'none' : node.key.map(({ name }) => name).join(', ')}`,
        ...node.inputs.flatMap(({ columns }) => columns.map(column => `${fieldText(column)} = ${column.column}`)),
      ];
    case 'tumbling-window':
    case 'hopping-window':
    case 'session-window':
    case 'state-window':
    case 'count-window':
      return [describePanes(node), ...node.aggregates.map(aggregateText)];
    case 'match':
      return matchDetails(node);
    case 'rule':
      return ruleDetails(node);
    case 'route': {
      const { connector, address } = node.target;
      const where = node.condition === null ? '' : ` where ${describeExpression(node.condition)}`;
      return [`to ${connector}${address === null ? '' : ` ${JSON.stringify(address)}`}${where}`];
    }
    case 'store':
      return [node.keepUs === null ? 'kept for ever' : `kept for ${describeDuration(node.keepUs)}`];
  }
}

function sourceDetails(source: SourceNode): string[] {
  const { connector, address, codec, key, time, latenessUs, idleUs, futureUs, expireUs } = source;
  const settings = [
    `key ${key.length === 0 ? 'none' : key.join(', ')}`,
    time === null ? 'time of arrival' : `time as ${time.format}`,
    `lateness ${describeDuration(latenessUs)}`,
    `idle ${idleUs === null ? 'never' : describeDuration(idleUs)}`,
    ...(futureUs === null ? [] : [`future ${describeDuration(futureUs)}`]),
    ...(expireUs === null ? [] : [`expire ${describeDuration(expireUs)}`]),
  ];
  const codecText = codec === null ? '' : ` ${codec}`;
  return [
    `from ${connector} ${JSON.stringify(address)}${codecText}`,
    settings.join(' · '),
    ...(source.unique === undefined ? [] : [describeUnique(source.key, source.unique)]),
    ...source.fields.map(field => describeField(field)),
  ];
}

function tableDetails({ connector, address, key, fields, validFrom }: TableNode): string[] {
  return [
    `from ${connector} ${JSON.stringify(address)}`,
    `key ${key.join(', ')} · versions by ${validFrom ?? 'when they are found'}`,
    ...fields.map(field => describeField(field)),
  ];
}

function matchDetails(node: MatchNode): string[] {
  const rows =
    node.on === 'timeout'
      ? 'rows of what is not complete in time'
      : `skip ${node.skip === 'none' ? 'none' : 'past last'}`;
  return [
    describePattern(node),
    rows,
    ...node.events.flatMap(({ name, rows: of, when, condition }) => {
      const conditions = [of, when, condition && describeExpression(condition)].filter(text => text !== null);
      return conditions.length === 0 ? [] : [`${name} where ${conditions.join(' and ')}`];
    }),
    ...node.values.map(value => `${value.name} = ${describeBound(value, node)}`),
    ...explainPattern(node),
  ];
}

function ruleDetails(rule: RuleNode): string[] {
  const { clear, clearAfterUs, cooldownUs, message, quality, suppress, values } = rule;
  const held = (us: number) => (us === 0 ? '' : ` for ${describeDuration(us)}`);
  return [
    ...rule.levels.map(
      ({ severity, when, forUs, gapUs }) =>
        `${severity} when ${when}${held(forUs)}${gapUs === null ? '' : ` gap ${describeDuration(gapUs)}`}`,
    ),
    ...(clear === null ? [] : [`clear when ${clear.when}${held(clear.forUs)}`]),
    ...(clearAfterUs === null ? [] : [`clear after ${describeDuration(clearAfterUs)}`]),
    ...(rule.while === null ? [] : [`while ${rule.while.condition} settle ${describeDuration(rule.while.settleUs)}`]),
    ...(rule.isLatched === true ? ['latch'] : []),
    ...escalateText(rule),
    ...(suppress === undefined ? [] : [`suppress when ${describeExpression(suppress.condition)}`]),
    ...(cooldownUs === 0 ? [] : [`cooldown ${describeDuration(cooldownUs)}`]),
    ...(quality.column === null ? [] : [`quality ${quality.column}, else ${quality.otherwise}`]),
    ...(values.length === 0 ? [] : [`values ${values.map(value => value.name).join(', ')}`]),
    ...(message === null ? [] : [`message ${templateText(message)}`]),
  ];
}

function escalateText({ escalate }: RuleNode): string[] {
  if (escalate === undefined) return [];
  const { severity, afterUs, isUnlessAcked } = escalate;
  return [`escalate to ${severity} after ${describeDuration(afterUs)}${isUnlessAcked ? ' unless acked' : ''}`];
}

function mergeInputText({ input, isHere, latenessUs }: MergeInput): string {
  return `${input} (${isHere}), lateness ${describeDuration(latenessUs)}`;
}

function fieldText({ name, type, unit }: Field): string {
  return `${name}: ${describeType(type, unit)}`;
}

function templateText(template: Template): string {
  return JSON.stringify(template.map(part => (typeof part === 'string' ? part : `{${part.value}}`)).join(''));
}

function aggregateText(column: AggregateColumn): string {
  return `${column.name} = ${describeAggregate(column, null)}`;
}

function qualityText(quality: string | null): string {
  return quality === null ? '' : `, readings whose ${quality} is good`;
}
