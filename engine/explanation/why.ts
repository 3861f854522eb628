import { type Expression, SEVERITIES, type Severity } from '../../dsl/plan.ts';
import type { AlertChange } from '../operator.ts';
import type { ConditionPart, ConditionParts, ReadNumber, Row } from './condition-parts.ts';
import type { ExplainedRule } from './explained-rule.ts';
import type { PartialMatchStory } from './partial-match-record.ts';
import type { Evidence, Step } from './witness.ts';

/** How an alert came and went: its changes, and before each what led to it, in order of time. */
export type Story = readonly StoryEntry[];

export type StoryEntry = EventEntry | EventsEntry | ChangeEntry;

/** An event that mattered. */
export type EventEntry = {
  readonly kind: 'event';
  readonly timeUs: number;
  /** `before`: a level did not hold yet · `first`: it came to hold · `last`: the last one before the change · `bound`: by a pattern. */
  readonly role: 'before' | 'first' | 'last' | 'bound';
  /** Whose row it is. */
  readonly stream: string;
  readonly level: Severity;
  /** From when on its condition counts: later than the event where `while` had yet to settle. */
  readonly sinceUs: number;
  readonly parts: readonly ConditionPart[];
  /** Of a row that is bound: the event of the pattern, and which of its rows this is. */
  readonly bound?: BoundPlace;
};

export type BoundPlace = {
  /** Its place in the pattern. */
  readonly event: number;
  readonly name: string;
  readonly count: number;
  readonly number: number; // from 1
};

/** Events between two that are told by themselves, and between what their values lay. */
export type EventsEntry = {
  readonly kind: 'events';
  readonly count: number;
  readonly values: Readonly<Record<string, { readonly least: string; readonly most: string }>>;
};

export type ChangeEntry = {
  readonly kind: 'change';
  readonly timeUs: number;
  readonly change: AlertChange['change'];
  readonly level: Severity;
  readonly message: string;
  /** What brought it about, as it was with the last event before. */
  readonly reasons: readonly Reason[];
  readonly by?: string;
  readonly comment?: string;
};

/** A member of the rule, and since when it has been so; `fallen`: of a level, that it does not hold. */
export type Reason = {
  readonly member: 'level' | 'while' | 'clear' | 'clear-after' | 'fallen';
  /** Of a level, its place in the rule. */
  readonly index: number;
  readonly sinceUs: number | null;
  readonly parts: readonly ConditionPart[];
};

export type ToldChange = Pick<AlertChange, 'change' | 'level' | 'timeUs' | 'message' | 'by' | 'comment' | 'provenance'>;

/** The story of an alert's changes, which are in order. */
export function storyOf(
  explained: ExplainedRule,
  evidence: Evidence,
  { changes, parts }: { readonly changes: readonly ToldChange[]; readonly parts: ConditionParts },
): Story {
  const teller = new Teller(explained, evidence, parts);
  return changes.flatMap(change => teller.tell(change));
}

class Teller {
  readonly #explained: ExplainedRule;
  readonly #evidence: Evidence;
  readonly #steps: readonly Step[];
  readonly #parts: ConditionParts;
  #level: Severity | null = null; // before the change that is told
  #stream = ''; // whose rows the rule reads

  constructor(explained: ExplainedRule, evidence: Evidence, parts: ConditionParts) {
    this.#explained = explained;
    this.#evidence = evidence;
    this.#steps = evidence.steps;
    this.#parts = parts;
  }

  tell(change: ToldChange): StoryEntry[] {
    const before = this.#level;
    this.#level = change.level;
    if (change.provenance !== undefined) return this.#rise(change, change.provenance);
    return [this.#entry(change, this.#isOwn(change) ? this.#reasonsOfEnd(change, before ?? change.level) : [])];
  }

  #isOwn({ change }: ToldChange): boolean {
    return change === 'level' || change === 'cleared' || change === 'returned';
  }

  #rise(change: ToldChange, provenance: NonNullable<ToldChange['provenance']>): StoryEntry[] {
    const { levelIndex: level, sinceUs, events } = provenance;
    if (this.#explained.rule.isMomentary === true) return this.#match(change, provenance);
    this.#stream = events[0]!.stream;
    const begunAt = this.#steps.findIndex(step => step.levels[level]?.sinceUs === sinceUs);
    const condition = this.#explained.levels[level]!;
    const changedAt = this.#changedAt(change, { begunAt, level, sinceUs });
    const lastAt = this.#knownAt(condition, changedAt, events.at(-1)!.timeUs);
    const firstAt = begunAt < 0 ? lastAt : this.#knownAt(condition, begunAt, events[0]!.timeUs);
    if (lastAt < 0 || firstAt < 0) return [this.#entry(change, [])]; // what led to it is not there
    const beforeAt = this.#knownAt(condition, firstAt - 1);
    const between = this.#steps.slice(firstAt + 1, lastAt).flatMap(step => step.row ?? []);
    return [
      ...(beforeAt < 0 ? [] : [this.#event(beforeAt, 'before', { level, sinceUs })]),
      this.#event(firstAt, 'first', { level, sinceUs }),
      ...(between.length === 0 ? [] : [this.#events(between, level)]),
      ...(lastAt <= firstAt ? [] : [this.#event(lastAt, 'last', { level, sinceUs })]),
      this.#entry(change, [this.#reasonOfLevel(level, lastAt, sinceUs), ...this.#reasonOfWhile(lastAt)]),
    ];
  }

  /** A match is told by the rows that are bound, of a repeated event the first and the last. */
  #match(change: ToldChange, { events, sinceUs, levelIndex }: NonNullable<ToldChange['provenance']>): StoryEntry[] {
    const told = this.#evidence.pattern?.told.find(({ ended, beganUs }) => {
      return ended!.atUs === change.timeUs && beganUs === sinceUs;
    });
    const entry = this.#entry(change, this.#reasonOfMatch(change, levelIndex));
    if (told !== undefined) return [...this.#boundRows(change, told), entry];
    const bound = events.map(({ stream, timeUs }): EventEntry => {
      return { kind: 'event', timeUs, role: 'bound', stream, level: change.level, sinceUs, parts: [] };
    });
    return [...bound, entry];
  }

  /** What the level asks of a match, where it does. */
  #reasonOfMatch({ timeUs }: ToldChange, level: number): Reason[] {
    const at = this.#steps.findLastIndex(({ atUs, row }) => row !== null && atUs === timeUs);
    if (at < 0) return [];
    const parts = this.#partsOf(level, this.#steps[at]!.row!).filter(({ truth, values }) => {
      return truth === true && Object.keys(values).length > 0;
    });
    return parts.length === 0 ? [] : [{ member: 'level', index: level, sinceUs: null, parts }];
  }

  #boundRows({ level }: ToldChange, { bound, values, beganUs }: PartialMatchStory): EventEntry[] {
    const { events, node } = this.#explained.pattern!;
    const rows = [...bound].flatMap(([event, { count, first, last }]) => {
      const places =
        count === 1
          ? [{ number: 1, ...first }]
          : [
              { number: 1, ...first },
              { number: count, ...last },
            ];
      return places.map(place => ({ ...place, event, count }));
    });
    return rows
      .sort((a, b) => a.row - b.row)
      .map(({ event, count, number, row, timeUs }) => ({
        kind: 'event',
        timeUs,
        role: 'bound',
        stream: events[event]!.name,
        level,
        sinceUs: beganUs,
        // What an event asks of its own earlier rows was so then, and these are not kept.
        parts: this.#parts
          .decisive(events[event]!.condition, this.#boundRow(row, values))
          .filter(({ truth }) => truth === true),
        bound: { event, name: node.events[event]!.name, count, number },
      }));
  }

  #boundRow(row: number, values: PartialMatchStory['values']): Row {
    const own = this.#evidence.pattern!.rows[row]!.row;
    return column => (values.has(column) ? values.get(column)! : own(column));
  }

  /** The last row up to a step, and to a time, by which a condition is known: unknown ones bring nothing about. */
  #knownAt(condition: Expression, at: number, timeUs = Infinity): number {
    const isKnown = (step: Step) => this.#isGoodRow(step) && this.#parts.truthOf(condition, step.row!) !== null;
    return this.#steps.findLastIndex((step, i) => i <= at && step.atUs <= timeUs && isKnown(step));
  }

  /** Readings that are not good bring nothing about. */
  #isGoodRow({ row }: Step): boolean {
    const { column } = this.#explained.rule.quality;
    return row !== null && (column === null || row(column) === 'good');
  }

  /** The step in which the alert came to this level, be it before its row or by it, or in which it had been there or above already. */
  #changedAt(
    { timeUs }: ToldChange,
    { begunAt, level, sinceUs }: { begunAt: number; level: number; sinceUs: number },
  ): number {
    const { severity } = this.#explained.rule.levels[level]!;
    return this.#steps.findIndex(
      ({ atUs, alert, levels }, i) =>
        i >= begunAt && atUs >= timeUs && (isAtLeast(alert?.severity, severity) || levels[level]!.sinceUs !== sinceUs),
    );
  }

  #event(
    at: number,
    role: EventEntry['role'],
    { level, sinceUs }: { readonly level: number; readonly sinceUs: number },
  ): EventEntry {
    const { atUs, row } = this.#steps[at]!;
    const { severity } = this.#explained.rule.levels[level]!;
    return {
      kind: 'event',
      timeUs: atUs,
      role,
      stream: this.#stream,
      level: severity,
      sinceUs,
      parts: this.#partsOf(level, row!),
    };
  }

  #partsOf(level: number, row: Row): readonly ConditionPart[] {
    return this.#parts.decisive(this.#explained.levels[level]!, row);
  }

  #events(rows: readonly Row[], level: number): EventsEntry {
    const byName = new Map<string, ReadNumber[]>();
    for (const read of rows.flatMap(row => this.#parts.numbers(this.#explained.levels[level]!, row))) {
      byName.set(read.name, [...(byName.get(read.name) ?? []), read]);
    }
    const values = [...byName].map(([name, read]) => {
      const sorted = read.toSorted((a, b) => a.value - b.value);
      return [name, { least: sorted[0]!.text, most: sorted.at(-1)!.text }] as const;
    });
    return { kind: 'events', count: rows.length, values: Object.fromEntries(values) };
  }

  #reasonOfLevel(level: number, at: number, sinceUs: number | null): Reason {
    return { member: 'level', index: level, sinceUs, parts: this.#partsOf(level, this.#steps[at]!.row!) };
  }

  #reasonOfWhile(at: number): Reason[] {
    const { while: condition } = this.#explained;
    if (condition === null) return [];
    const { whileSinceUs } = this.#steps[at]!;
    return [{ member: 'while', index: 0, sinceUs: whileSinceUs, parts: this.#decisiveAt(condition, at) }];
  }

  /** Why it is less than it was: the levels that do not hold any more, and the condition of `clear` where that brought it about. */
  #reasonsOfEnd({ change, timeUs }: ToldChange, before: Severity): Reason[] {
    const { rule, clear } = this.#explained;
    if (rule.isMomentary === true) return this.#reasonOfRest(timeUs);
    const isFall = change === 'level';
    const fallen = rule.levels.flatMap(({ severity }, i) => (!isFall || severity === before ? [i] : []));
    const ofLevels = isFall ? Math.max(0, ...fallen.map(i => rule.levels[i]!.forUs)) : (rule.clearAfterUs ?? 0);
    const at = this.#lastBefore(timeUs, Math.max(ofLevels, isFall ? 0 : (rule.clear?.forUs ?? 0)));
    if (at < 0) return [];
    const reasons = fallen.map((index): Reason => {
      const sinceUs = this.#sinceUs(at, step => step.levels[index]!.truth !== true);
      return { member: 'fallen', index, sinceUs, parts: this.#decisiveAt(this.#explained.levels[index]!, at) };
    });
    if (isFall) return reasons;
    const noneSinceUs = Math.max(...reasons.map(reason => reason.sinceUs ?? -Infinity));
    if (rule.clearAfterUs !== null && noneSinceUs + rule.clearAfterUs <= timeUs) {
      return [...reasons, { member: 'clear-after', index: 0, sinceUs: noneSinceUs, parts: [] }];
    }
    if (clear === null) return reasons;
    const sinceUs = this.#sinceUs(at, step => step.row === null || this.#parts.truthOf(clear, step.row) === true);
    return [...reasons, { member: 'clear', index: 0, sinceUs, parts: this.#decisiveAt(clear, at) }];
  }

  /** What a match is of is an instant: its alert ends a time after the last one, or with it. */
  #reasonOfRest(timeUs: number): Reason[] {
    const { clearAfterUs } = this.#explained.rule;
    if (clearAfterUs === null) return [];
    return [{ member: 'clear-after', index: 0, sinceUs: timeUs - clearAfterUs, parts: [] }];
  }

  /** As it was last known. */
  #decisiveAt(condition: Expression, at: number): readonly ConditionPart[] {
    const knownAt = this.#knownAt(condition, at);
    return knownAt < 0 ? [] : this.#parts.decisive(condition, this.#steps[knownAt]!.row!);
  }

  /** What waited for a time is done before the event that comes when it is over. */
  #lastBefore(timeUs: number, waitedUs: number): number {
    return this.#steps.findLastIndex(
      step => this.#isGoodRow(step) && (waitedUs > 0 ? step.atUs < timeUs : step.atUs <= timeUs),
    );
  }

  /** Since when all steps up to this one are so; null: the last is not. */
  #sinceUs(at: number, isSo: (step: Step) => boolean): number | null {
    const before = this.#steps.findLastIndex((step, i) => i <= at && !isSo(step));
    const first = this.#steps.findIndex((step, i) => i > before && step.row !== null);
    return before === at || first < 0 ? null : this.#steps[first]!.atUs;
  }

  #entry({ timeUs, change, level, message, by, comment }: ToldChange, reasons: readonly Reason[]): ChangeEntry {
    const who = { ...(by === undefined ? {} : { by }), ...(comment === undefined ? {} : { comment }) };
    return { kind: 'change', timeUs, change, level, message, reasons, ...who };
  }
}

function isAtLeast(severity: Severity | undefined, least: Severity): boolean {
  return severity !== undefined && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
