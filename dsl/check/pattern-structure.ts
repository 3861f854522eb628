import type { DurationLiteral, Pattern, PatternEvent, PatternStep, Quantifier } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import type { PatternPart } from '../plan.ts';
import { MAX_PATTERN_EVENTS } from '../validate/match.ts';
import { positiveUs } from './duration.ts';
import { checkMaxPartial } from './max-partial.ts';
import { canBeEmpty, isAbsence, isOneEvent, needsEvent, optionalEnd } from './pattern-shape.ts';
import { error, type Report, warning } from './report.ts';
import { eventsIn } from './stream-order.ts';

/** An event that a pattern names, and what is said of the others when it comes. */
export type EventPlace = {
  readonly event: PatternEvent;
  readonly role: 'step' | 'absence' | 'guard';
  /** It can be bound to several rows: it has a quantifier, or a part around it. */
  readonly isRepeated: boolean;
  readonly most: number | null; // rows
  /** Events that are bound before it, if at all · for sure · in no order with it, both being asked for. */
  readonly before: ReadonlySet<number>;
  readonly surelyBefore: ReadonlySet<number>;
  readonly beside: Set<number>;
  /** Events of other alternatives, which are never bound together with it. */
  readonly instead: Set<number>;
};

/** A pattern without its conditions. */
export type PatternStructure = {
  readonly places: readonly EventPlace[]; // by place in MatchNode.events
  readonly root: PatternPart;
  readonly withinUs: number | null;
  readonly maxPartial: number;
};

/** Steps, quantifiers, times and absences of a pattern; null after a report. */
export function checkStructure(pattern: Pattern, report: Report): PatternStructure | null {
  const events = eventsIn(pattern);
  const tooMany = events[MAX_PATTERN_EVENTS];
  if (tooMany === undefined) return new StructureCheck(pattern, report).check();
  const hint = 'match a part as a stream of its own, and go on from its rows';
  const message = `a pattern names at most ${MAX_PATTERN_EVENTS} events, and this one ${events.length}`;
  report(error('MR3057', tooMany.span, message, { hint }));
  return null;
}

type Around = {
  /** Nothing is bound before it for sure. */
  readonly isAtStart: boolean;
  /** Nothing but absences stands before it, all of which look back. */
  readonly isInFront: boolean;
  readonly before: ReadonlySet<number>;
  readonly surelyBefore: ReadonlySet<number>;
  /** How often the parts around it can be gone through. */
  readonly rounds: { readonly isRepeated: boolean; readonly most: number | null };
};

type Visited = {
  readonly part: PatternPart;
  readonly bound: ReadonlySet<number>; // perhaps
  readonly surelyBound: ReadonlySet<number>;
  readonly canBeEmpty: boolean;
};

/** A `within` around what is visited. */
type OpenWithin = { readonly us: number; readonly span: Span };

const ONCE = { isRepeated: false, most: 1 } as const;

class StructureCheck {
  readonly #pattern: Pattern;
  readonly #report: Report;
  readonly #places: EventPlace[] = [];
  readonly #withins: OpenWithin[] = [];
  #isWhole = true;

  constructor(pattern: Pattern, report: Report) {
    this.#pattern = pattern;
    this.#report = report;
  }

  check(): PatternStructure | null {
    const { step, within, unless, onTimeout, maxPartial } = this.#pattern;
    const withinUs = within === null ? null : this.#positiveUs(within, '`within`');
    if (within === null && (onTimeout || !isOneEvent(step))) this.#reportEndless();
    const around = { isAtStart: true, isInFront: true, before: NONE, surelyBefore: NONE, rounds: ONCE };
    const root = this.#inside(within, withinUs, () => this.#visit(step, around, { isFollowed: false }));
    this.#checkEnds(root);
    for (const { event } of unless) this.#guard(event, root.bound);
    const most = checkMaxPartial(maxPartial, this.#report);
    return this.#isWhole ? { places: this.#places, root: root.part, withinUs, maxPartial: most } : null;
  }

  #visit(step: PatternStep, around: Around, { isFollowed }: { readonly isFollowed: boolean }): Visited {
    switch (step.kind) {
      case 'event':
        return this.#event(step, around);
      case 'absence':
        return this.#absence(step, around, { isFollowed });
      case 'sequence':
        return this.#sequence(step, around);
      case 'any':
        return this.#alternatives(step, around);
      case 'all':
        return this.#inAnyOrder(step, around);
    }
  }

  #event(event: PatternEvent, around: Around): Visited {
    const { min, max } = this.#quantifier(event.quantifier);
    const { isRepeated, most } = timesOf(max, around);
    const index = this.#place({ event, role: 'step', isRepeated, most, ...beforeOf(around) });
    const bound = new Set([index]);
    const part = { kind: 'event', event: index, min, max } as const;
    return { part, bound, surelyBound: min === 0 ? NONE : bound, canBeEmpty: min === 0 };
  }

  /** `isFollowed`: by an event in its own sequence. */
  #absence(
    step: Extract<PatternStep, { kind: 'absence' }>,
    around: Around,
    { isFollowed }: { readonly isFollowed: boolean },
  ): Visited {
    const { event, for: duration, span } = step;
    if (event.quantifier !== null) this.#reportQuantifier(event.quantifier, 'what has not happened cannot be counted');
    const forUs = this.#positiveUs(duration, '`not … for`');
    const looksBack = around.isInFront && !around.rounds.isRepeated; // to what was before the match
    const tooShort = looksBack ? undefined : this.#withins.find(within => forUs >= within.us);
    if (tooShort !== undefined) {
      const related = [{ span: tooShort.span, message: 'the time that there is' }];
      const hint = 'allow more time, or let the absence be shorter';
      this.#fail(
        'MR3042',
        duration.span,
        `there is no time for \`not … for ${duration.text}\`: the match is over before`,
        { hint, related },
      );
    }
    if (around.isAtStart && !isFollowed) this.#reportLeading(span);
    const index = this.#place({ event, role: 'absence', ...ONCE, ...beforeOf(around) });
    return { part: { kind: 'absence', event: index, forUs }, bound: NONE, surelyBound: NONE, canBeEmpty: false };
  }

  /** In front of all events it looks back from the one behind it. */
  #reportLeading(span: Span): void {
    if (isAbsence(this.#pattern.step)) return; // which is reported as a whole
    const hint = 'write the event behind it: `(not c for 30s -> a)`';
    const message = 'an absence that begins a pattern looks back from an event behind it, and here is none';
    this.#fail('MR3053', span, message, { hint });
  }

  #sequence(step: Extract<PatternStep, { kind: 'sequence' }>, around: Around): Visited {
    const { steps, arrows, within, quantifier } = step;
    const { min, max } = this.#quantifier(quantifier);
    this.#checkRounds(step);
    const withinUs = within === null ? null : this.#positiveUs(within, '`within`');
    if (within !== null && withinUs !== null) this.#warnOfNoLimit(steps, within, withinUs);
    let { isAtStart, isInFront, before } = around;
    let surelyBefore = around.surelyBefore;
    const rounds = timesOf(max, around);
    const visited = this.#inside(within, withinUs, () =>
      steps.map((inner, i) => {
        this.#checkArrow(inner, arrows[i - 1]);
        const isFollowed = steps.slice(i + 1).some(needsEvent);
        const found = this.#visit(inner, { isAtStart, isInFront, before, surelyBefore, rounds }, { isFollowed });
        isInFront &&= inner.kind === 'absence';
        isAtStart &&= inner.kind === 'absence' || found.canBeEmpty;
        before = union([before, found.bound]);
        surelyBefore = union([surelyBefore, found.surelyBound]);
        return found;
      }),
    );
    const parts = visited.map(({ part }) => part);
    const whole = arrows.map(arrow => (arrow === '->' ? 'next' : 'strict'));
    return group({ kind: 'sequence', parts, arrows: whole, withinUs, min, max }, visited, {
      surely: union(visited.map(({ surelyBound }) => surelyBound)),
      canBeEmpty: visited.every(({ canBeEmpty }) => canBeEmpty),
    });
  }

  /** A `within` that no match comes to is not what its author means. */
  #warnOfNoLimit(steps: readonly PatternStep[], within: DurationLiteral, us: number): void {
    const [only, ...others] = steps;
    const outer = this.#withins.find(around => around.us <= us);
    const text = `\`within ${within.text}\``;
    if (others.length === 0 && isOneEvent(only!)) {
      const hint = 'let the part begin with the event from which the time counts: `(a -> b within 30s)`';
      this.#report(warning('MR2658', within.span, `${text} of one event ends nothing: it takes no time`, { hint }));
    } else if (outer !== undefined) {
      const related = [{ span: outer.span, message: 'the time that there is' }];
      const hint = 'leave it out, or give the part less';
      const message = `${text} ends nothing: the match is over before`;
      this.#report(warning('MR2658', within.span, message, { hint, related }));
    }
  }

  #checkArrow(step: PatternStep, arrow: '->' | '~>' | undefined): void {
    if (arrow !== '~>' || step.kind !== 'absence') return;
    const hint = 'write `->`: nothing comes next where something is missing';
    this.#fail('MR3054', step.span, '`~>` asks for the next event, and an absence is none', { hint });
  }

  #alternatives({ steps, quantifier }: Group, around: Around): Visited {
    const { min, max } = this.#quantifier(quantifier);
    this.#checkRounds({ kind: 'any', steps, quantifier });
    this.#checkParts(steps, 'an alternative');
    const rounds = timesOf(max, around);
    const ofSteps: { readonly from: number; readonly to: number }[] = [];
    const visited = steps.map(step => {
      const from = this.#places.length;
      const found = this.#visit(step, { ...around, rounds }, { isFollowed: false });
      ofSteps.push({ from, to: this.#places.length });
      return found;
    });
    this.#relate(ofSteps, 'instead');
    return group({ kind: 'any', parts: visited.map(({ part }) => part), min, max }, visited, {
      surely: NONE,
      canBeEmpty: visited.some(({ canBeEmpty }) => canBeEmpty),
    });
  }

  #inAnyOrder({ steps, quantifier }: Group, around: Around): Visited {
    const { min, max } = this.#quantifier(quantifier);
    this.#checkRounds({ kind: 'all', steps, quantifier });
    this.#checkParts(steps, 'a part');
    const rounds = timesOf(max, around);
    let { before } = around;
    const ofSteps: { readonly from: number; readonly to: number }[] = [];
    const visited = steps.map(step => {
      const from = this.#places.length;
      const found = this.#visit(step, { ...around, before, rounds }, { isFollowed: false });
      ofSteps.push({ from, to: this.#places.length });
      before = union([before, found.bound]);
      return found;
    });
    this.#relate(ofSteps, 'beside');
    return group({ kind: 'all', parts: visited.map(({ part }) => part), min, max }, visited, {
      surely: union(visited.map(({ surelyBound }) => surelyBound)),
      canBeEmpty: visited.every(({ canBeEmpty }) => canBeEmpty),
    });
  }

  /** A part that is gone through several times needs something that tells these apart. */
  #checkRounds({ kind, steps, quantifier }: Pick<Group, 'steps' | 'quantifier'> & { readonly kind: string }): void {
    if (quantifier === null) return;
    if (steps.every(isAbsence)) {
      this.#reportQuantifier(quantifier, 'what has not happened cannot be counted');
    } else if (!(kind === 'any' ? steps.every(needsEvent) : steps.some(needsEvent))) {
      this.#reportQuantifier(quantifier, 'this can go by without any event');
    }
  }

  #checkParts(steps: readonly PatternStep[], what: string): void {
    for (const step of steps) {
      if (!canBeEmpty(step)) continue;
      const hint = 'let the whole group be optional: `(a or b)?`';
      this.#fail('MR3056', step.span, `${what} that need not be there says nothing`, { hint });
    }
  }

  /** Each event of one step to all of the others. */
  #relate(steps: readonly { readonly from: number; readonly to: number }[], how: 'beside' | 'instead'): void {
    for (const one of steps) {
      for (const other of steps) {
        if (one === other) continue;
        for (let i = one.from; i < one.to; i++) {
          for (let j = other.from; j < other.to; j++) this.#places[i]![how].add(j);
        }
      }
    }
  }

  #guard(event: PatternEvent, bound: ReadonlySet<number>): void {
    if (event.quantifier !== null) this.#reportQuantifier(event.quantifier, 'one such event ends the match');
    this.#place({ event, role: 'guard', ...ONCE, before: bound, surelyBefore: NONE });
  }

  #place(place: Omit<EventPlace, 'beside' | 'instead'>): number {
    return this.#places.push({ ...place, beside: new Set(), instead: new Set() }) - 1;
  }

  /** What stands between the parentheses of a `within`; null: there is none. */
  #inside<T>(within: DurationLiteral | null, us: number | null, visit: () => T): T {
    if (within === null || us === null) return visit();
    this.#withins.push({ us, span: within.span });
    const visited = visit();
    this.#withins.pop();
    return visited;
  }

  #checkEnds(root: Visited): void {
    const { step } = this.#pattern;
    if (isAbsence(step)) {
      const hint = 'devices that say nothing are found by `rule … on silence of motor for 2m`';
      this.#fail('MR3048', step.span, 'a pattern needs an event: this one is nothing but absences', { hint });
      return;
    }
    if (root.canBeEmpty) {
      const hint = 'let one of the steps be there for sure';
      this.#fail('MR3047', step.span, 'all steps are optional, so that no event would be a match, too', { hint });
      return;
    }
    const optional = optionalEnd(step);
    if (optional === null || !this.#isWhole) return;
    const hint = 'leave it out, or ask for at least one: `{1}`';
    this.#fail('MR3046', optional.span, 'the last step is optional, and a match is complete without it', { hint });
  }

  #quantifier(quantifier: Quantifier | null): { readonly min: number; readonly max: number | null } {
    if (quantifier === null) return { min: 1, max: 1 };
    const { min, max, span } = quantifier;
    if (max === 0) {
      this.#fail('MR3045', span, 'none of an event is no step', {
        hint: 'that it must not happen is `unless`, or `not … for`',
      });
    } else if (max !== null && max < min) {
      this.#fail('MR3045', span, `there are no numbers from ${min} to ${max}`, { hint: `write \`{${max},${min}}\`` });
    }
    return { min, max };
  }

  #reportQuantifier({ span }: Quantifier, why: string): void {
    const hint = 'leave the quantifier out';
    this.#fail('MR3044', span, `there is nothing to repeat here: ${why}`, { hint });
  }

  #reportEndless(): void {
    const { step } = this.#pattern;
    const at = { file: step.span.file, start: step.span.end, end: step.span.end };
    const hint = 'say how long it may take, behind the last step: `within 5m`';
    const related = [{ span: at, message: 'here' }];
    this.#fail('MR3040', step.span, 'a pattern needs `within`: partial matches would be kept for ever', {
      hint,
      related,
    });
  }

  #positiveUs(duration: DurationLiteral, what: string): number {
    if (!(duration.us > 0)) this.#isWhole = false;
    return positiveUs(duration, what, this.#report);
  }

  #fail(code: string, span: Span, message: string, words: Parameters<typeof error>[3]): void {
    this.#isWhole = false;
    this.#report(error(code, span, message, words));
  }
}

type Group = Extract<PatternStep, { kind: 'any' | 'all' }>;

const NONE: ReadonlySet<number> = new Set();

function beforeOf({ before, surelyBefore }: Around): Pick<EventPlace, 'before' | 'surelyBefore'> {
  return { before, surelyBefore };
}

function timesOf(max: number | null, { rounds }: Around): Around['rounds'] {
  const most = max === null || rounds.most === null ? null : max * rounds.most;
  return { isRepeated: max !== 1 || rounds.isRepeated, most };
}

function union(sets: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  return new Set(sets.flatMap(set => [...set]));
}

function group(
  part: Extract<PatternPart, { readonly parts: unknown }>,
  visited: readonly Visited[],
  { surely, canBeEmpty }: { readonly surely: ReadonlySet<number>; readonly canBeEmpty: boolean },
): Visited {
  const isOptional = part.min === 0;
  return {
    part,
    bound: union(visited.map(({ bound }) => bound)),
    surelyBound: isOptional ? NONE : surely,
    canBeEmpty: isOptional || canBeEmpty,
  };
}
