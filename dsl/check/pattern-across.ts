import type { Expression as Syntax } from '../ast.ts';
import type { Expression } from '../plan.ts';
import type { Context } from './context.ts';
import { literal } from './fold.ts';
import type { PatternBindings } from './pattern-bindings.ts';
import { checkStepCondition, type StepHoist } from './pattern-condition.ts';
import type { EventPlace } from './pattern-structure.ts';
import { error } from './report.ts';
import type { Binding } from './scope.ts';
import { scopeOf } from './statement-scope.ts';
import { walkExpression } from './walk-syntax.ts';

export type AcrossParts = {
  readonly places: readonly EventPlace[];
  readonly bindings: PatternBindings;
  readonly hoistOf: (stream: string) => StepHoist;
};

/**
 * `across a.site == b.site`: conditions by the place of the event that they are asked of. Each part of it is asked as
 * soon as all that it names is bound: of the event that may be the last of these. Null after a report.
 */
export function checkAcross(
  across: Syntax,
  parts: AcrossParts,
  context: Context,
): ReadonlyMap<number, readonly Expression[]> | null {
  const asked = new Map<number, Expression[]>();
  for (const condition of conjunctsOf(across)) {
    const named = namedIn(condition, parts);
    if (named.length < 2) {
      const hint =
        'say what two events have in common: `across a.site == b.site`; what is of one stands in its brackets';
      context.report(error('MR2654', condition.span, '`across` compares events of the pattern', { hint }));
      return null;
    }
    for (const index of named.filter(one => mayBeLast(one, named, parts))) {
      const checked = conditionOf(index, condition, named, parts, context);
      if (checked === null) return null;
      asked.set(index, [...(asked.get(index) ?? []), checked]);
    }
  }
  return asked;
}

function conjunctsOf(syntax: Syntax): readonly Syntax[] {
  const isAnd = syntax.kind === 'binary' && syntax.operator === 'and';
  return isAnd ? [syntax.left, syntax.right].flatMap(conjunctsOf) : [syntax];
}

function namedIn(condition: Syntax, { bindings }: AcrossParts): number[] {
  const named = new Set<number>();
  walkExpression(condition, inside => {
    const found = inside.kind === 'name' ? bindings.find(inside.name) : undefined;
    if (found !== undefined) named.add(found.index);
  });
  return [...named].sort((a, b) => a - b);
}

/** No other one that is named always comes later. */
function mayBeLast(index: number, named: readonly number[], { places }: AcrossParts): boolean {
  return !named.some(other => other !== index && isLater(places[other]!, index));
}

function isLater({ before, beside }: EventPlace, index: number): boolean {
  return before.has(index) && !beside.has(index);
}

function conditionOf(
  index: number,
  condition: Syntax,
  named: readonly number[],
  { places, bindings, hoistOf }: AcrossParts,
  context: Context,
): Expression | null {
  const { event, surelyBefore } = places[index]!;
  const visible = new Map<string, Binding>([...bindings.ofMatches(), [event.binding!.name, bindings.ownRow(index)]]);
  const scope = {
    ...scopeOf([visible, context.constants.bindings], {
      place: '`across`',
      aggregates: 'none',
      hoist: hoistOf(event.stream.name),
      unbound: bindings.unbound,
    }),
    hoist: hoistOf(event.stream.name),
  };
  const checked = checkStepCondition(condition, scope, context);
  if (checked === null) return null;
  const uncertain = named.filter(other => other !== index && !surelyBefore.has(other));
  return uncertain.reduceRight<Expression>(
    (asked, other) => ({ kind: 'or', type: 'bool', left: isUnbound(bindings.countOf(other)), right: asked }),
    checked,
  );
}

/** What is never bound asks for nothing. */
function isUnbound(count: string): Expression {
  const left = { kind: 'column', type: 'int', column: count } as const;
  return { kind: 'compare', type: 'bool', operator: '==', left, right: literal('int', 0) };
}
