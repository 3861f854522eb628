import type { ConditionPart, ConditionParts, Row } from './condition-parts.ts';
import type { ExplainedPattern } from './explained-pattern.ts';
import type { PartialMatchStory } from './partial-match-record.ts';
import type { PatternEvidence } from './pattern-evidence.ts';

/** How far matches of a pattern came: of those that waited at the time, and of those that ended in the stretch before, the furthest. */
export type WhyNoMatch = {
  readonly statement: string;
  /** The time alone gives rows: of those that are not complete in time. */
  readonly isOfTimeouts: boolean;
  readonly waiting: PartialAnswer | null;
  readonly ended: PartialAnswer | null;
  /** Where none of these is there: the events that a match may begin with, since the last one. */
  readonly first: readonly AwaitedEvent[];
};

export type PartialAnswer = {
  readonly begunUs: number;
  readonly bound: readonly BoundEvent[];
  /** Since when it waited. */
  readonly sinceUs: number;
  readonly waitsFor: readonly AwaitedEvent[];
  /** Events that must not come before these instants. */
  readonly without: readonly { readonly event: number; readonly name: string; readonly dueUs: number }[];
  /** Until when it could wait. */
  readonly untilUs: number;
  readonly end: {
    readonly kind: NonNullable<PartialMatchStory['ended']>['kind'];
    readonly atUs: number;
    /** Of the event that ended it. */
    readonly event: number | null;
    readonly name: string | null;
    readonly parts: readonly ConditionPart[];
  } | null;
};

/** `event`: its place in the pattern. */
export type BoundEvent = {
  readonly event: number;
  readonly name: string;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
};

export type AwaitedEvent = {
  readonly event: number;
  readonly name: string;
  /** Rows of its stream that came while it was waited for. */
  readonly seen: number;
  /** The one that came nearest; null: none came, or that cannot be said. */
  readonly nearest: { readonly timeUs: number; readonly failing: readonly ConditionPart[] } | null;
};

type Question = { readonly timeUs: number; readonly lookBackUs: number; readonly parts: ConditionParts };
type SeenRow = PatternEvidence['rows'][number];

export function whyNoMatch(pattern: ExplainedPattern, evidence: PatternEvidence, question: Question): WhyNoMatch {
  return new Asker(pattern, evidence, question).answer();
}

class Asker {
  readonly #pattern: ExplainedPattern;
  readonly #evidence: PatternEvidence;
  readonly #parts: ConditionParts;
  readonly #question: Question;

  constructor(pattern: ExplainedPattern, evidence: PatternEvidence, question: Question) {
    this.#pattern = pattern;
    this.#evidence = evidence;
    this.#parts = question.parts;
    this.#question = question;
  }

  answer(): WhyNoMatch {
    const { waiting, ended, firstEvents, rows, lastRow } = this.#evidence;
    const { timeUs, lookBackUs } = this.#question;
    const since = rows.slice(lastRow + 1).filter(({ atUs }) => atUs > timeUs - lookBackUs && atUs <= timeUs);
    return {
      statement: this.#pattern.statement,
      isOfTimeouts: this.#pattern.node.on === 'timeout',
      waiting: waiting && this.#partial(waiting),
      ended: ended && this.#partial(ended),
      first:
        waiting === null && ended === null
          ? firstEvents.map(event => this.#awaited(event, since, { values: new Map(), endedBy: null }))
          : [],
    };
  }

  #partial(story: PartialMatchStory): PartialAnswer {
    const { beganUs, bound, sinceUs, sinceRow, waitsFor, values, ended } = story;
    const { timeUs } = this.#question;
    const { rows } = this.#evidence;
    const lastRow = ended === null ? rows.findLastIndex(({ atUs }) => atUs <= timeUs) : ended.row;
    const seen = rows.slice(sinceRow + 1, lastRow + 1);
    const endedBy = ended === null ? null : (rows[ended.row] ?? null);
    return {
      begunUs: beganUs,
      bound: [...bound]
        .sort(([a], [b]) => a - b)
        .map(([event, { count, first, last }]) => {
          return { event, name: this.#nameOf(event), count, firstUs: first.timeUs, lastUs: last.timeUs };
        }),
      sinceUs,
      waitsFor: waitsFor.events.map(event => this.#awaited(event, seen, { values, endedBy })),
      without: waitsFor.absences.map(({ event, dueUs }) => ({ event, name: this.#nameOf(event), dueUs })),
      untilUs: waitsFor.untilUs,
      end: ended && this.#end(ended, values),
    };
  }

  #end(ended: NonNullable<PartialMatchStory['ended']>, values: PartialMatchStory['values']): PartialAnswer['end'] {
    const { kind, atUs, row } = ended;
    if (!('event' in ended)) return { kind, atUs, event: null, name: null, parts: [] };
    const { event } = ended;
    const culprit = withValues(this.#evidence.rows[row]!.row, values);
    const { condition } = this.#pattern.events[event]!;
    const parts = condition.kind === 'literal' ? [] : this.#parts.decisive(condition, culprit);
    return { kind, atUs, event, name: this.#nameOf(event), parts };
  }

  /** `endedBy`: a row that may have been this event, and made an end before that. */
  #awaited(
    event: number,
    seen: readonly SeenRow[],
    { values, endedBy }: { readonly values: PartialMatchStory['values']; readonly endedBy: SeenRow | null },
  ): AwaitedEvent {
    const { rows, condition } = this.#pattern.events[event]!;
    const own = seen.filter(({ row }) => rows === null || row(rows) === true);
    let nearest: AwaitedEvent['nearest'] = null;
    for (const each of own) {
      const { atUs, row } = each;
      const failing = this.#parts.failing(condition, withValues(row, values));
      if (failing.length === 0 && each === endedBy) continue;
      if (nearest === null || isNearer(failing, nearest.failing)) nearest = { timeUs: atUs, failing };
    }
    return { event, name: this.#nameOf(event), seen: own.length, nearest };
  }

  #nameOf(event: number): string {
    return this.#pattern.events[event]!.name;
  }
}

function withValues(row: Row, values: PartialMatchStory['values']): Row {
  return column => (values.has(column) ? values.get(column)! : row(column));
}

/** Fewer parts that fail; of as many, the first less far away. */
function isNearer(failing: readonly ConditionPart[], than: readonly ConditionPart[]): boolean {
  if (failing.length !== than.length) return failing.length < than.length;
  const size = (parts: readonly ConditionPart[]) => parts[0]?.distance?.size ?? Infinity;
  return size(failing) < size(than);
}
