import type { Expression, ValueType } from '../plan.ts';
import type { PlanCheck, ViewColumns } from './plan-check.ts';
import { type Json, show } from './problems.ts';
import { LITERAL_TYPES, VALUE_TYPES } from './words.ts';

/** The type that the expression says it has; null after a problem. View null: columns are not looked up. */
export function checkExpression(
  value: unknown,
  path: string,
  view: ViewColumns | null,
  check: PlanCheck,
): ValueType | null {
  const expression = check.record(value, path);
  if (expression === null) return null;
  const kind = check.oneOf(expression['kind'], EXPRESSION_KINDS, `${path}.kind`);
  if (kind === null) return null;
  const type = check.oneOf(expression['type'], VALUE_TYPES, `${path}.type`);
  if (type === null) return null;
  for (const [child, childPath] of childrenOf(expression, kind, path, check)) {
    const childType = checkExpression(child, childPath, view, check);
    const wanted = LOGIC_KINDS.has(kind) || childPath.endsWith('.when') ? 'bool' : null;
    if (wanted !== null && childType !== null && childType !== wanted) {
      check.problem(childPath, `is a ${childType}, and \`${kind}\` is of bools`);
    }
  }
  checkOwn(expression, kind, type, path, view, check);
  return type;
}

/** A problem where it is something else than a condition. */
export function checkCondition(value: unknown, path: string, view: ViewColumns | null, check: PlanCheck): void {
  const type = checkExpression(value, path, view, check);
  if (type !== null && type !== 'bool') check.problem(path, `is a ${type}; a condition is a bool`);
}

function checkOwn(
  expression: Json,
  kind: Expression['kind'],
  type: ValueType,
  path: string,
  view: ViewColumns | null,
  check: PlanCheck,
): void {
  if (BOOL_KINDS.has(kind) && type !== 'bool') check.problem(`${path}.type`, `is ${show(type)}, and this is a bool`);
  if (kind === 'compare') check.oneOf(expression['operator'], ['==', '!=', '<', '<=', '>', '>='], `${path}.operator`);
  if (kind === 'arithmetic') check.oneOf(expression['operator'], ['+', '-', '*', '/'], `${path}.operator`);
  if (kind === 'call') {
    check.text(expression['function'], `${path}.function`);
    if (expression['version'] !== undefined) check.number(expression['version'], `${path}.version`, { from: 1 });
  }
  if (kind === 'literal') checkLiteral(expression['value'], type, path, check);
  if (kind === 'column' && view !== null) {
    const columnType = check.column(view, expression['column'], `${path}.column`);
    if (columnType !== null && columnType !== type) {
      check.problem(`${path}.type`, `is ${show(type)}, and the column is a ${columnType}`);
    }
  }
}

function checkLiteral(value: unknown, type: ValueType, path: string, check: PlanCheck): void {
  if (value === null) return;
  if (typeof value === LITERAL_TYPES[type] && !(typeof value === 'number' && !Number.isFinite(value))) return;
  check.problem(`${path}.value`, `is ${show(value)}, which is not a ${type}`);
}

function childrenOf(
  expression: Json,
  kind: Expression['kind'],
  path: string,
  check: PlanCheck,
): readonly (readonly [child: unknown, path: string])[] {
  const at = (name: string) => [expression[name], `${path}.${name}`] as const;
  const all = (name: string) =>
    check.list(expression[name], `${path}.${name}`).map((item, index) => [item, `${path}.${name}[${index}]`] as const);
  switch (kind) {
    case 'literal':
    case 'column':
      return [];
    case 'negate':
    case 'not':
    case 'is-null':
      return [at('operand')];
    case 'and':
    case 'or':
    case 'compare':
    case 'arithmetic':
    case 'coalesce':
      return [at('left'), at('right')];
    case 'in':
      return [at('operand'), ...all('items')];
    case 'call':
      return all('arguments');
    case 'case': {
      const branches = all('branches').flatMap(([item, itemPath]) => {
        const branch = check.record(item, itemPath);
        return branch === null
          ? []
          : ([
              [branch['when'], `${itemPath}.when`],
              [branch['then'], `${itemPath}.then`],
            ] as const);
      });
      return [...branches, at('otherwise')];
    }
  }
}

const EXPRESSION_KINDS = Object.keys({
  literal: 0,
  column: 0,
  negate: 0,
  not: 0,
  and: 0,
  or: 0,
  compare: 0,
  arithmetic: 0,
  coalesce: 0,
  'is-null': 0,
  in: 0,
  case: 0,
  call: 0,
} satisfies Record<Expression['kind'], 0>) as readonly Expression['kind'][];

const LOGIC_KINDS: ReadonlySet<Expression['kind']> = new Set(['not', 'and', 'or']);

const BOOL_KINDS: ReadonlySet<Expression['kind']> = new Set(['not', 'and', 'or', 'compare', 'is-null', 'in']);
