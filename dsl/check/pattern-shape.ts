import type { PatternStep } from '../ast.ts';

/** What follows from the form of a step alone. */

/** Whether it is nothing but absences. */
export function isAbsence(step: PatternStep): boolean {
  return step.kind === 'absence' || (step.kind === 'sequence' && step.steps.every(isAbsence));
}

/** Whether what follows may come at once. */
export function canBeEmpty(step: PatternStep): boolean {
  if (step.kind === 'absence') return false;
  if (step.quantifier?.min === 0) return true;
  if (step.kind === 'event') return false;
  return step.kind === 'any' ? step.steps.some(canBeEmpty) : step.steps.every(canBeEmpty);
}

/** Whether its first event completes it, so that no partial match is kept. */
export function isOneEvent(step: PatternStep): boolean {
  if (step.kind === 'absence' || step.quantifier !== null) return false;
  switch (step.kind) {
    case 'event':
      return true;
    case 'any':
      return step.steps.every(isOneEvent);
    case 'sequence':
      return step.steps.every((inner, i) => (i < step.steps.length - 1 ? isAbsence(inner) : isOneEvent(inner)));
    case 'all':
      return false;
  }
}

/** Whether it is complete with an event at least. */
export function needsEvent(step: PatternStep): boolean {
  if (step.kind === 'absence') return false;
  if (step.quantifier?.min === 0) return false;
  if (step.kind === 'event') return true;
  return step.kind === 'any' ? step.steps.every(needsEvent) : step.steps.some(needsEvent);
}

/** The step at the end that need not be there; null: the end is something that has to be. */
export function optionalEnd(step: PatternStep): PatternStep | null {
  if (canBeEmpty(step)) return step;
  if (step.kind === 'event' || step.kind === 'absence') return null;
  const last = step.kind === 'sequence' ? step.steps.slice(-1) : step.steps;
  return last.map(optionalEnd).find(end => end !== null) ?? null;
}
