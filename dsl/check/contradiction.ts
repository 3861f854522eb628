import type { Expression as Syntax } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { describeExpression, withoutMark } from '../describe-expression.ts';
import { type Expression, SEVERITIES } from '../plan.ts';
import { error, type Report } from './report.ts';

/** One of several conditions that all have to be true, and where it stands. */
type Demand = { readonly expression: Expression; readonly span: Span };

/** True after a report of conditions that can never be true together, as far as constants show it. */
export function reportContradiction(syntax: Syntax, expression: Expression, report: Report): boolean {
  const limits = new Map<string, Limits>();
  for (const { expression: demand, span } of demandsOf(syntax, expression)) {
    if (demand.kind === 'literal' && demand.value !== true) {
      const hint = 'compare a field with it';
      report(error('MR3043', span, 'this is never true, whatever the event is', { hint }));
      return true;
    }
    const asked = askedOf(demand);
    if (asked === null) continue;
    const key = JSON.stringify(asked.subject);
    const known = limits.get(key) ?? new Limits();
    limits.set(key, known);
    const against = known.add(asked, span);
    if (against === null) continue;
    const what = describeExpression(asked.subject, withoutMark);
    const related = against === span ? undefined : [{ span: against, message: 'this asks for the contrary' }];
    const hint = 'an event has one value: two conditions on two events are two steps';
    report(error('MR3043', span, `\`${what}\` cannot be so: the event never comes`, { hint, related }));
    return true;
  }
  return false;
}

/** `temp in 10 degC..20 degC` is two of them, with one place. */
function demandsOf(syntax: Syntax, expression: Expression): Demand[] {
  if (expression.kind !== 'and') return [{ expression, span: syntax.span }];
  const isWritten = syntax.kind === 'binary' && syntax.operator === 'and';
  const [left, right] = isWritten ? [syntax.left, syntax.right] : [syntax, syntax];
  return [...demandsOf(left, expression.left), ...demandsOf(right, expression.right)];
}

type Value = number | string | boolean;
type Asked = {
  readonly subject: Expression;
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
  readonly values: readonly Value[]; // of `==`: one of these
};

/** Something that is compared with a constant; null: nothing that is known. */
function askedOf(expression: Expression): Asked | null {
  switch (expression.kind) {
    case 'compare': {
      const { left, right, operator } = expression;
      const [subject, constant, sign] =
        right.kind === 'literal' ? [left, right, operator] : [right, left, MIRRORED[operator]];
      const value = valueOf(constant);
      if (value === null || subject.kind === 'literal') return null;
      const isOrder = sign !== '==' && sign !== '!=';
      return isOrder && typeof value !== 'number' ? null : { subject, operator: sign, values: [value] };
    }
    case 'in': {
      const values = expression.items.flatMap(item => valueOf(item) ?? []);
      return values.length === expression.items.length ? { subject: expression.operand, operator: '==', values } : null;
    }
    case 'column':
      return { subject: expression, operator: '==', values: [true] };
    case 'not':
      if (expression.operand.kind !== 'column') return null;
      return { subject: expression.operand, operator: '==', values: [false] };
    default:
      return null;
  }
}

/** Of a constant, severities by their rank; null: it is none. */
function valueOf(expression: Expression): Value | null {
  if (expression.kind !== 'literal') return null;
  const { type, value } = expression;
  return type === 'severity' ? SEVERITIES.findIndex(severity => severity === value) : value;
}

const MIRRORED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** What one value has been asked to be so far. */
class Limits {
  #low: Bound | null = null;
  #high: Bound | null = null;
  #oneOf: { readonly values: readonly Value[]; readonly span: Span } | null = null;
  readonly #not: { readonly value: Value; readonly span: Span }[] = [];

  /** The place of what contradicts it; null: nothing does. */
  add({ operator, values }: Asked, span: Span): Span | null {
    const [value] = values as [Value, ...Value[]];
    switch (operator) {
      case '>':
      case '>=':
        this.#low = higher(this.#low, { value: Number(value), isOpen: operator === '>', span });
        break;
      case '<':
      case '<=':
        this.#high = lower(this.#high, { value: Number(value), isOpen: operator === '<', span });
        break;
      case '!=':
        this.#not.push({ value, span });
        break;
      case '==':
        return this.#addValues(values, span);
    }
    return this.#emptyAt(span);
  }

  #addValues(values: readonly Value[], span: Span): Span | null {
    const before = this.#oneOf;
    const left = before === null ? values : before.values.filter(value => values.includes(value));
    if (left.length === 0) return before!.span;
    this.#oneOf = { values: left, span };
    return this.#emptyAt(span);
  }

  /** The place of the other one of two demands that leave nothing. */
  #emptyAt(span: Span): Span | null {
    const [low, high, oneOf] = [this.#low, this.#high, this.#oneOf];
    if (low !== null && high !== null && isEmpty(low, high)) return low.span === span ? high.span : low.span;
    if (oneOf === null) return null;
    for (const bound of [low, high]) {
      if (bound === null) continue;
      const isInside = (value: Value) =>
        bound === low ? isAbove(Number(value), bound) : isBelow(Number(value), bound);
      if (!oneOf.values.some(isInside)) return bound.span === span ? oneOf.span : bound.span;
    }
    const excluded = this.#not.find(({ value }) => oneOf.values.every(other => other === value));
    if (excluded === undefined) return null;
    return excluded.span === span ? oneOf.span : excluded.span;
  }
}

type Bound = { readonly value: number; readonly isOpen: boolean; readonly span: Span };

function higher(known: Bound | null, added: Bound): Bound {
  if (known === null || added.value > known.value) return added;
  return added.value === known.value && added.isOpen ? added : known;
}

function lower(known: Bound | null, added: Bound): Bound {
  if (known === null || added.value < known.value) return added;
  return added.value === known.value && added.isOpen ? added : known;
}

function isEmpty(low: Bound, high: Bound): boolean {
  return low.value > high.value || (low.value === high.value && (low.isOpen || high.isOpen));
}

function isAbove(value: number, { value: limit, isOpen }: Bound): boolean {
  return isOpen ? value > limit : value >= limit;
}

function isBelow(value: number, { value: limit, isOpen }: Bound): boolean {
  return isOpen ? value < limit : value <= limit;
}
