import type { PatternPart } from '../plan.ts';
import type { PlanCheck } from './plan-check.ts';
import type { Json } from './problems.ts';

/**
 * Checks the tree of a pattern that comes from outside (see PatternPart), and the guards beside it: that each event stands
 * in it once, and that each part can mean something.
 */
export class PatternCheck {
  readonly #eventCount: number;
  readonly #check: PlanCheck;
  readonly #places = new Map<number, 'step' | 'absence' | 'guard'>();

  constructor(eventCount: number, check: PlanCheck) {
    this.#eventCount = eventCount;
    this.#check = check;
  }

  /** Whether rows are bound to the event. */
  binds(event: unknown): boolean {
    return typeof event === 'number' && this.#places.get(event) === 'step';
  }

  root(value: unknown, path: string, withinUs: number): void {
    const root = this.#part(value, path, { withinUs });
    if (root === null) return;
    if (!needsEvent(root)) this.#check.problem(path, 'can be complete without any event');
    else this.#checkLast(root, path);
    this.#checkStart(root, path, { isAtStart: true, isInSequence: false });
  }

  guards(value: unknown, path: string): void {
    for (const [index, item] of this.#check.list(value, path).entries()) {
      const at = `${path}[${index}]`;
      const guard = this.#check.record(item, at);
      if (guard === null) continue;
      this.#place(guard['event'], 'guard', `${at}.event`);
      if (guard['between'] === null) continue;
      const between = this.#check.list(guard['between'], `${at}.between`);
      if (between.length !== 2 || !between.every(event => this.binds(event))) {
        this.#check.problem(`${at}.between`, `is ${show(between)}, not two events that steps bind`);
      }
    }
    for (let event = 0; event < this.#eventCount; event++) {
      if (!this.#places.has(event)) this.#check.problem(path, `and the steps leave out event ${event}`);
    }
  }

  /** The part, if it and all that is in it have the right form. */
  #part(value: unknown, path: string, outer: { readonly withinUs: number }): PatternPart | null {
    const check = this.#check;
    const part = check.record(value, path);
    const kind = part && check.oneOf(part['kind'], PART_KINDS, `${path}.kind`);
    if (part === null || kind === null) return null;
    if (kind === 'absence') {
      check.number(part['forUs'], `${path}.forUs`, { from: 1 });
      if (numberOf(part['forUs']) >= outer.withinUs)
        check.problem(`${path}.forUs`, 'is not shorter than the `within` around it');
      return this.#place(part['event'], 'absence', `${path}.event`) ? (part as PatternPart) : null; // as: checked just now
    }
    const isQuantified = this.#quantifier(part, path);
    if (kind === 'event') {
      const isPlaced = this.#place(part['event'], 'step', `${path}.event`);
      return isPlaced && isQuantified ? (part as PatternPart) : null; // as: checked just now
    }
    return this.#group(part, path, outer) && isQuantified ? (part as PatternPart) : null; // as: checked just now
  }

  #group(part: Json, path: string, outer: { readonly withinUs: number }): boolean {
    const check = this.#check;
    const isSequence = part['kind'] === 'sequence';
    if (isSequence) check.numberOrNull(part['withinUs'], `${path}.withinUs`, { from: 1 });
    const ownUs = isSequence && part['withinUs'] !== null ? numberOf(part['withinUs']) : Infinity;
    const withinUs = Math.min(outer.withinUs, ownUs);
    const list = check.list(part['parts'], `${path}.parts`);
    if (list.length === 0) check.problem(`${path}.parts`, 'is empty');
    const parts = list.map((inner, index) => this.#part(inner, `${path}.parts[${index}]`, { withinUs }));
    if (isSequence) this.#arrows(part['arrows'], `${path}.arrows`, list.length);
    if (list.length === 0 || !parts.every(inner => inner !== null)) return false;
    for (const [index, inner] of isSequence ? [] : parts.entries()) {
      if (isPassable(inner)) check.problem(`${path}.parts[${index}]`, 'can be empty, and so it says nothing here');
    }
    const isOnce = part['min'] === 1 && part['max'] === 1;
    const body = { ...(part as PatternPart), parts, min: 1, max: 1 } as PatternPart; // as: its parts are
    if (!isOnce && !needsEvent(body)) check.problem(path, 'has a quantifier, and can go by without any event');
    return true;
  }

  #arrows(value: unknown, path: string, partCount: number): void {
    const arrows = this.#check.list(value, path);
    if (arrows.length !== Math.max(partCount - 1, 0)) {
      this.#check.problem(path, `has ${arrows.length} for ${partCount} parts; there is one between each two`);
    }
    for (const [index, arrow] of arrows.entries()) this.#check.oneOf(arrow, ['next', 'strict'], `${path}[${index}]`);
  }

  #quantifier({ min, max }: Json, path: string): boolean {
    const isMin = typeof min === 'number' && Number.isInteger(min) && min >= 0;
    const isMax =
      max === null || (typeof max === 'number' && Number.isInteger(max) && max >= 1 && max >= numberOf(min));
    if (!isMin) this.#check.problem(`${path}.min`, `is ${show(min)}, not a whole number from 0`);
    if (!isMax)
      this.#check.problem(`${path}.max`, `is ${show(max)}, neither null nor a whole number from 1 and from min`);
    return isMin && isMax;
  }

  #place(event: unknown, place: 'step' | 'absence' | 'guard', path: string): boolean {
    const isKnown = typeof event === 'number' && Number.isInteger(event) && event >= 0 && event < this.#eventCount;
    if (!isKnown) this.#check.problem(path, `is ${show(event)}, which is no place among the events`);
    else if (this.#places.has(event)) this.#check.problem(path, `is ${show(event)}, which stands elsewhere, too`);
    else this.#places.set(event, place);
    return isKnown;
  }

  /** A last step takes the least that it may, so one that may be empty never binds anything. */
  #checkLast(part: PatternPart, path: string): void {
    if (part.kind === 'event' || part.kind === 'absence') return;
    const from = part.kind === 'sequence' ? part.parts.length - 1 : 0;
    for (const [index, inner] of part.parts.entries()) {
      if (index < from) continue;
      const at = `${path}.parts[${index}]`;
      if (isPassable(inner)) this.#check.problem(at, 'comes last and can be empty, so that it never binds anything');
      else this.#checkLast(inner, at);
    }
  }

  /** An absence that nothing comes before looks back from the event that follows it, in its own sequence. */
  #checkStart(
    part: PatternPart,
    path: string,
    { isAtStart, isInSequence }: { readonly isAtStart: boolean; readonly isInSequence: boolean },
  ): void {
    if (part.kind === 'event') return;
    if (part.kind === 'absence') {
      if (isAtStart && !isInSequence) {
        this.#check.problem(
          path,
          'has nothing before it, and no event behind it in its own sequence to look back from',
        );
      }
      return;
    }
    let isStill = isAtStart;
    for (const [index, inner] of part.parts.entries()) {
      const isFollowed = part.kind === 'sequence' && part.parts.slice(index + 1).some(needsEvent);
      this.#checkStart(inner, `${path}.parts[${index}]`, { isAtStart: isStill, isInSequence: isFollowed });
      if (part.kind === 'sequence') isStill &&= inner.kind === 'absence' || isPassable(inner);
    }
  }
}

/** Whether what follows may come at once. */
function isPassable(part: PatternPart): boolean {
  switch (part.kind) {
    case 'absence':
      return false;
    case 'event':
      return part.min === 0;
    case 'any':
      return part.min === 0 || part.parts.some(isPassable);
    case 'sequence':
    case 'all':
      return part.min === 0 || part.parts.every(isPassable);
  }
}

/** Whether it is complete with an event at least. */
function needsEvent(part: PatternPart): boolean {
  switch (part.kind) {
    case 'absence':
      return false;
    case 'event':
      return part.min > 0;
    case 'any':
      return part.min > 0 && part.parts.every(needsEvent);
    case 'sequence':
    case 'all':
      return part.min > 0 && part.parts.some(needsEvent);
  }
}

const PART_KINDS = Object.keys({ event: 0, sequence: 0, any: 0, all: 0, absence: 0 } satisfies Record<
  PatternPart['kind'],
  0
>) as readonly PatternPart['kind'][];

/** What is none was told elsewhere. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
