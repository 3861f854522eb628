import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MatchNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';
import { ConditionParts } from '../../engine/explanation/condition-parts.ts';
import { explainedPattern } from '../../engine/explanation/explained-pattern.ts';
import { PartialMatchRecord, type PartialMatchStory } from '../../engine/explanation/partial-match-record.ts';
import { type SeenRow, WatchedPattern } from '../../engine/explanation/pattern-evidence.ts';
import { type PartialAnswer, type WhyNoMatch, whyNoMatch } from '../../engine/explanation/why-no-match.ts';
import type { MatchObserver, ObservedMatches } from '../../engine/pattern/match-observer.ts';
import { type ArrivedEvent, seenByKeys } from '../oracle/event-time.ts';
import { matchesOf, type StartOutcome } from '../oracle/pattern.ts';
import type { PatternRow } from '../oracle/partial-match.ts';
import { conditionNodes, patternEvents, patterns, rowOf } from '../oracle/pattern-cases.ts';
import { batchOf, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const clocks = fc.record({
  latenessUs: fc.constantFrom(0, 0, 3, 10),
  idleUs: fc.constantFrom(0, 2, 10, 30, null),
});
/** The instant that is asked about; null: the end. */
const instants = fc.option(fc.integer({ min: 1_000, max: 1_080 }), { freq: 3 });

test('what became of each start is what the oracle says: how far it came, what it waited for, what ended it', () => {
  fc.assert(
    fc.property(clocks, patterns, patternEvents, instants, (clock, node, events, asked) => {
      const untilUs = asked ?? Infinity;
      const told = recorded(node, { clock, events, untilUs });
      for (const [key, steps] of seenByKeys(events, clock).stepsByKey) {
        const seen = steps.flatMap(step => (step.kind === 'row' ? [step.event as ArrivedEvent & TestEvent] : []));
        const watermarkUs = Math.max(...steps.flatMap(step => (step.kind === 'watermark' ? [step.us] : [])));
        const rows = seen.map(rowOf).filter(({ timeUs }) => timeUs <= untilUs);
        const { starts } = matchesOf(node, rows, Math.min(watermarkUs, untilUs));
        const own = told.get(key) ?? [];
        expect(own.map(shownStory).sort(inOrder)).toEqual(starts.map(start => shownOutcome(start, rows)).sort(inOrder));
        for (const { ended } of own) {
          if (ended === null || !('event' in ended)) continue;
          const { rows: isOfStream, when } = node.events[ended.event]!;
          const { fields } = rows[ended.row]!;
          for (const column of [isOfStream, when]) if (column !== null) expect(fields[column]).toBe(true);
        }
      }
    }),
    runs(),
  );
});

test('the one that is told is the one that came furthest, and of what it waited for nothing came that it would have taken', () => {
  fc.assert(
    fc.property(clocks, patterns, patternEvents, instants, (clock, node, events, asked) => {
      const untilUs = asked ?? Infinity;
      for (const [key, steps] of seenByKeys(events, clock).stepsByKey) {
        const seen = steps.flatMap(step => (step.kind === 'row' ? [step.event as ArrivedEvent & TestEvent] : []));
        const watermarkUs = Math.max(...steps.flatMap(step => (step.kind === 'watermark' ? [step.us] : [])));
        const rows = seen.map(rowOf).filter(({ timeUs }) => timeUs <= untilUs);
        const { starts } = matchesOf(node, rows, Math.min(watermarkUs, untilUs));
        const { waiting, ended, first } = answered(node, { clock, events, untilUs, device: key });
        const isShown = (start: StartOutcome) => start.ended?.kind === (node.on === 'timeout' ? 'time' : 'complete');
        const since = starts.slice(starts.findLastIndex(isShown) + 1).filter(start => start.ended !== null);
        const isTold = (start: StartOutcome) => node.on === 'timeout' || start.ended!.kind !== 'skipped';
        expect(waiting === null ? null : rankOfAnswer(waiting)).toEqual(
          furthestRank(starts.filter(start => start.ended === null)),
        );
        expect(ended === null ? null : rankOfAnswer(ended)).toEqual(furthestRank(since.filter(isTold)));
        for (const { waitsFor, sinceUs, end } of [waiting, ended].filter(each => each !== null)) {
          for (const { event, seen: count, nearest } of waitsFor) {
            if (nearest !== null) expect(nearest.failing.length, node.events[event]!.name).toBeGreaterThan(0);
            const isOfStream = ({ fields }: PatternRow) => {
              const { rows: column } = node.events[event]!;
              return column === null || fields[column] === true;
            };
            const then = rows.filter(({ timeUs }) => timeUs >= sinceUs && timeUs <= (end?.atUs ?? untilUs));
            expect(count).toBeLessThanOrEqual(then.filter(isOfStream).length);
          }
        }
        if (waiting !== null || ended !== null) expect(first).toEqual([]);
      }
    }),
    runs(100),
  );
});

type Asked = {
  readonly clock: Parameters<typeof planOf>[0];
  readonly events: TestEvent[];
  readonly untilUs: number;
};

/** What is told of one device. */
function answered(
  node: MatchNode,
  { clock, events, untilUs, device }: Asked & { readonly device: string },
): WhyNoMatch {
  const symbols = new SymbolTable();
  const { pattern } = explainedPattern(node.id, planOf(clock, ...conditionNodes, node).nodes, column => column)!;
  const isAsked = (key: Readonly<Record<string, unknown>>) => key['device'] === device;
  const watched = new WatchedPattern(pattern, { isAsked, asked: { fromUs: -Infinity, untilUs } });
  const rows: SeenRow[] = [];
  const engine = new Engine(planOf(clock, ...conditionNodes, node, pattern.select), {
    symbols,
    observer: { rule: { name: '', observe: () => {} }, pattern: watched.observer },
    rowStreams: [pattern.select.id],
    onRows: batch => {
      const own = batch.rows.filter(row => isAsked(row.key));
      rows.push(
        ...own.map(({ timeUs, values }) => {
          return { atUs: timeUs, row: (column: string) => values[pattern.columns.get(column)!.field]! };
        }),
      );
    },
  });
  engine.push(batchOf(events, symbols));
  engine.finish('s');
  const question = { timeUs: untilUs, lookBackUs: Infinity, parts: new ConditionParts(pattern) };
  return whyNoMatch(pattern, watched.evidence(rows), question);
}

/** How far it came: events, rows, and when it began. */
function rankOfAnswer({ bound, begunUs }: PartialAnswer): readonly number[] {
  return [bound.length, bound.reduce((sum, { count }) => sum + count, 0), begunUs];
}

function furthestRank(starts: readonly StartOutcome[]): readonly number[] | null {
  const ranks = starts.map(({ bound, beganUs }) => [
    new Set(bound.map(({ event }) => event)).size,
    bound.length,
    beganUs,
  ]);
  return ranks.sort((a, b) => b[0]! - a[0]! || b[1]! - a[1]! || b[2]! - a[2]!)[0] ?? null;
}

/** By device. */
function recorded(
  node: MatchNode,
  { clock, events, untilUs }: Asked,
): ReadonlyMap<string, readonly PartialMatchStory[]> {
  const symbols = new SymbolTable();
  const stories = new Map<string, PartialMatchStory[]>();
  const records = new Map<string, PartialMatchRecord>();
  const observe = (of: ObservedMatches): MatchObserver => {
    for (const device of new Set(events.map(({ key }) => key))) {
      const own: PartialMatchStory[] = [];
      stories.set(device, own);
      const isAsked = (key: Readonly<Record<string, unknown>>) => key['device'] === device;
      records.set(device, new PartialMatchRecord(of, { node, isAsked, untilUs, onEnded: story => own.push(story) }));
    }
    return toAll([...records.values()]);
  };
  const rule = { name: '', observe: () => {} };
  const plan = planOf(clock, ...conditionNodes, node);
  const engine = new Engine(plan, { symbols, observer: { rule, pattern: { node: node.id, observe } } });
  engine.push(batchOf(events, symbols));
  engine.finish('s');
  for (const [device, record] of records) stories.get(device)!.push(...record.waiting());
  return stories;
}

function toAll(records: readonly PartialMatchRecord[]): MatchObserver {
  return {
    row: (...told) => records.forEach(record => record.row(...told)),
    due: (...told) => records.forEach(record => record.due(...told)),
    began: slot => records.forEach(record => record.began(slot)),
    changes: (...told) => records.forEach(record => record.changes(...told)),
    passes: (...told) => records.forEach(record => record.passes(...told)),
    ended: (...told) => records.forEach(record => record.ended(...told)),
  };
}

function shownStory({ beganUs, bound, sinceUs, waitsFor, ended }: PartialMatchStory): object {
  return {
    beganUs,
    bound: [...bound]
      .map(([event, { count, first, last }]) => ({ event, count, first, last }))
      .sort((a, b) => a.event - b.event),
    sinceUs,
    ended: ended && { kind: ended.kind, atUs: ended.atUs, row: ended.row },
    ...(ended?.kind === 'complete' ? {} : awaitedOf(waitsFor)),
  };
}

function shownOutcome({ beganUs, bound, sinceUs, awaited, ended }: StartOutcome, rows: readonly PatternRow[]): object {
  const place = (row: number) => ({ row, timeUs: rows[row]!.timeUs });
  const byEvent = [...Map.groupBy(bound, ({ event }) => event)].sort(([a], [b]) => a - b);
  return {
    beganUs,
    bound: byEvent.map(([event, own]) => {
      const places = own.map(({ row }) => row);
      return {
        event,
        count: own.length,
        first: place(Math.min(...places)),
        last: place(Math.max(...places)),
      };
    }),
    sinceUs,
    ended,
    ...(ended?.kind === 'complete' ? {} : awaitedOf(awaited)),
  };
}

function awaitedOf({ events, absences }: Pick<PartialMatchStory['waitsFor'], 'events' | 'absences'>): object {
  return {
    events: [...new Set(events)].sort((a, b) => a - b),
    absences: [...new Map(absences.map(absence => [absence.event, absence])).values()].sort(
      (a, b) => a.event - b.event,
    ),
  };
}

function inOrder(a: object, b: object): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : Number(left > right);
}
