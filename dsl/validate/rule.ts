import { checkCondition } from './expression.ts';
import { SEVERITIES, type ValueType } from '../plan.ts';
import type { PlanCheck, ViewColumns } from './plan-check.ts';
import { type Json, nameIn, show } from './problems.ts';

export function checkRule(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  check.text(node['name'], `${path}.name`);
  for (const [index, item] of check.list(node['levels'], `${path}.levels`).entries()) {
    const at = `${path}.levels[${index}]`;
    const level = check.record(item, at);
    if (level === null) continue;
    check.oneOf(level['severity'], SEVERITIES, `${at}.severity`);
    check.condition(input, level['when'], `${at}.when`);
    check.number(level['forUs'], `${at}.forUs`, { from: 0 });
    check.numberOrNull(level['gapUs'], `${at}.gapUs`, { from: 1 });
  }
  if (node['clear'] !== null) {
    const clear = check.record(node['clear'], `${path}.clear`);
    check.condition(input, clear?.['when'], `${path}.clear.when`);
    check.number(clear?.['forUs'], `${path}.clear.forUs`, { from: 0 });
  }
  check.numberOrNull(node['clearAfterUs'], `${path}.clearAfterUs`, { from: 0 });
  if (node['while'] !== null) {
    const condition = check.record(node['while'], `${path}.while`);
    check.condition(input, condition?.['condition'], `${path}.while.condition`);
    check.number(condition?.['settleUs'], `${path}.while.settleUs`, { from: 0 });
  }
  check.number(node['cooldownUs'], `${path}.cooldownUs`, { from: 0 });
  if (node['isLatched'] !== undefined && node['isLatched'] !== true) {
    check.problem(`${path}.isLatched`, `is ${show(node['isLatched'])}, not true`);
  }
  if (node['isMomentary'] !== undefined) checkMomentary(node, path, check);
  if (node['escalate'] !== undefined) {
    const escalate = check.record(node['escalate'], `${path}.escalate`);
    check.oneOf(escalate?.['severity'], SEVERITIES, `${path}.escalate.severity`);
    check.number(escalate?.['afterUs'], `${path}.escalate.afterUs`, { from: 1 });
  }
  if (node['bound'] !== undefined) checkBound(node['bound'], `${path}.bound`, input, check);
  if (node['suppress'] !== undefined) checkSuppression(node['suppress'], `${path}.suppress`, input, check);
  checkRuleQuality(node, path, input, check);
  checkRuleValues(node, path, input, check);
}

function checkSuppression(value: unknown, path: string, input: ViewColumns | null, check: PlanCheck): void {
  const suppress = check.record(value, path);
  if (suppress === null) return;
  const own = new Map<string, ValueType>();
  for (const [index, item] of check.list(suppress['columns'], `${path}.columns`).entries()) {
    const at = `${path}.columns[${index}]`;
    const read = check.record(item, at);
    const type = check.column(input, read?.['column'], `${at}.column`);
    if (type === null) continue;
    if (type !== read?.['type']) check.problem(`${at}.type`, `is ${show(read?.['type'])}, and the column is a ${type}`);
    own.set(nameIn(read?.['column']), type);
  }
  const readColumns: ViewColumns = { own: new Map(own), through: null, key: [] };
  for (const [index, item] of check.list(suppress['alerts'], `${path}.alerts`).entries()) {
    const at = `${path}.alerts[${index}]`;
    const alert = check.record(item, at);
    if (alert === null) continue;
    check.askOfRule(alert['rule'], `${at}.rule`);
    for (const [place, column] of check.list(alert['key'], `${at}.key`).entries()) {
      check.column(readColumns, column, `${at}.key[${place}]`);
    }
    own.set(check.text(alert['column'], `${at}.column`), 'bool');
  }
  checkCondition(suppress['condition'], `${path}.condition`, { own, through: null, key: [] }, check);
}

/** Nothing that is asked for has to hold for a time. */
function checkMomentary(node: Json, path: string, check: PlanCheck): void {
  if (node['isMomentary'] !== true) check.problem(`${path}.isMomentary`, `is ${show(node['isMomentary'])}, not true`);
  if (node['while'] !== null) check.problem(`${path}.while`, 'is there, and a momentary rule has none');
  const levels = check.list(node['levels'], `${path}.levels`);
  for (const [index, item] of [...levels, ...(node['clear'] === null ? [] : [node['clear']])].entries()) {
    const at = index < levels.length ? `${path}.levels[${index}]` : `${path}.clear`;
    if (check.record(item, at)?.['forUs'] !== 0)
      check.problem(`${at}.forUs`, 'is not 0, and nothing lasts in a momentary rule');
  }
}

function checkBound(value: unknown, path: string, input: ViewColumns | null, check: PlanCheck): void {
  for (const [index, item] of check.list(value, path).entries()) {
    const row = check.record(item, `${path}[${index}]`);
    if (row === null) continue;
    check.text(row['stream'], `${path}[${index}].stream`);
    check.column(input, row['time'], `${path}[${index}].time`);
    if (row['identity'] === null) continue;
    const identity = check.record(row['identity'], `${path}[${index}].identity`);
    for (const part of ['source', 'sequence', 'item']) {
      check.column(input, identity?.[part], `${path}[${index}].identity.${part}`);
    }
  }
}

function checkRuleQuality(node: Json, path: string, input: ViewColumns | null, check: PlanCheck): void {
  const quality = check.record(node['quality'], `${path}.quality`);
  if (quality === null) return;
  check.oneOf(quality['otherwise'], ['hold', 'unknown'], `${path}.quality.otherwise`);
  if (quality['column'] === null) return;
  const type = check.column(input, quality['column'], `${path}.quality.column`);
  if (type !== null && type !== 'quality') check.problem(`${path}.quality.column`, `is a ${type}, not a quality`);
}

function checkRuleValues(node: Json, path: string, input: ViewColumns | null, check: PlanCheck): void {
  const values = check.fields(node['values'], `${path}.values`);
  for (const [index, item] of check.list(node['values'], `${path}.values`).entries()) {
    const value = check.record(item, `${path}.values[${index}]`);
    if (value !== null) check.column(input, value['column'], `${path}.values[${index}].column`);
  }
  check.record(node['labels'], `${path}.labels`);
  if (node['message'] === null) return;
  const known = new Set([...values.keys(), ...(input?.key ?? []), 'severity', 'rule', 'time']);
  for (const [index, part] of check.list(node['message'], `${path}.message`).entries()) {
    if (typeof part === 'string') continue;
    const hole = check.record(part, `${path}.message[${index}]`);
    if (hole === null || known.has(nameIn(hole['value']))) continue;
    check.problem(`${path}.message[${index}].value`, `is ${show(hole['value'])}, which the rule does not carry`);
  }
}
