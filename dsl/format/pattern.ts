import type { Pattern, PatternEvent, PatternStep, Quantifier } from '../ast.ts';
import { formatExpression } from './expression.ts';

/** The steps, and the clauses behind them with the place where these begin. */
export type FormattedPattern = {
  readonly steps: readonly StepText[];
  readonly clauses: readonly string[];
  readonly clausesStart: number;
};

/** A step of the whole with the arrow before it, and where it begins. */
export type StepText = { readonly text: string; readonly start: number };

export function formatPattern(pattern: Pattern): FormattedPattern {
  const { step, within, across, unless, skip, onTimeout, maxPartial } = pattern;
  const clauses = [
    within && `within ${within.text}`,
    across && `across ${formatExpression(across)}`,
    ...unless.map(formatUnless),
    skip && `skip ${skip === 'none' ? 'none' : 'past last'}`,
    onTimeout && 'on timeout',
    maxPartial && `max ${maxPartial.text} partial`,
  ];
  const isNameAlone = clauses.every(clause => typeof clause !== 'string') && isName(step);
  const starts = [within, across, ...unless, maxPartial].flatMap(clause => (clause ? [clause.span.start] : []));
  return {
    steps: isNameAlone ? [{ text: `(${formatStep(step)})`, start: step.span.start }] : stepTexts(step),
    clauses: clauses.filter(clause => typeof clause === 'string'),
    clausesStart: starts.length > 0 ? Math.min(...starts) : step.span.end,
  };
}

function formatUnless({ event, between }: Pattern['unless'][number]): string {
  return `unless ${formatEvent(event)}${between ? ` between [${between[0].name}, ${between[1].name}]` : ''}`;
}

/** A name alone is a stream; in parentheses it is a pattern of one event. */
function isName(step: PatternStep): boolean {
  return step.kind === 'event' && !step.binding && !step.condition && !step.quantifier;
}

/** A whole sequence needs no parentheses; every group inside one does. */
function stepTexts(step: PatternStep): StepText[] {
  const isBare = step.kind === 'sequence' && step.steps.length > 1 && !step.within && !step.quantifier;
  return isBare ? stepsOf(step) : [{ text: formatStep(step), start: step.span.start }];
}

function formatStep(step: PatternStep): string {
  switch (step.kind) {
    case 'event':
      return formatEvent(step);
    case 'absence':
      return `not ${formatEvent(step.event)} for ${step.for.text}`;
    case 'any':
      return `(${step.steps.map(formatStep).join(' or ')})${formatQuantifier(step.quantifier)}`;
    case 'all':
      return `(${step.steps.map(formatStep).join(' and ')})${formatQuantifier(step.quantifier)}`;
    case 'sequence':
      return `(${joined(stepsOf(step))}${step.within ? ` within ${step.within.text}` : ''})${formatQuantifier(step.quantifier)}`;
  }
}

function stepsOf({ steps, arrows }: Extract<PatternStep, { kind: 'sequence' }>): StepText[] {
  return steps.map((step, index) => ({
    text: (index > 0 ? `${arrows[index - 1]} ` : '') + formatStep(step),
    start: step.span.start,
  }));
}

export function joined(steps: readonly StepText[]): string {
  return steps.map(({ text }) => text).join(' ');
}

function formatEvent({ binding, stream, condition, quantifier }: PatternEvent): string {
  const name = binding ? `${binding.name}: ${stream.name}` : stream.name;
  return name + (condition ? `[${formatExpression(condition)}]` : '') + formatQuantifier(quantifier);
}

function formatQuantifier(quantifier: Quantifier | null): string {
  if (!quantifier) return '';
  const { min, max } = quantifier;
  if (max === null) return min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}
