import type { Severity } from '../../dsl/plan.ts';
import { type RecordedAlert, startOf } from './alert-history.ts';
import type { DrawnPanel } from './drawn-plan.ts';
import { type DrawnField, type DrawnPoints, drawnPoints } from './drawn-points.ts';
import { keyText } from './key-text.ts';
import type { RecordedFigure, RecordedRun } from './recorded-run.ts';
import { isLabelOf, type ReportLabel } from './report-labels.ts';
import type { Trace } from './trace.ts';

/** What page/page.js draws, as JSON. Times are in milliseconds since 1970. */
export type PageData = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: readonly DrawnPoints[];
  readonly figures: readonly PageFigure[];
  /** By row of the table: what to show of what it tells; null: that is not drawn. */
  readonly zooms: readonly (StretchMs | null)[];
};

export type StretchMs = readonly [fromMs: number, toMs: number];

type PageFigure = Shades & { readonly panels: readonly PagePanel[] };

/** What is drawn behind the lines of a figure. */
export type Shades = {
  readonly alerts: readonly PageAlert[];
  /** Of another version of the rules. */
  readonly before?: readonly PageAlert[];
  readonly labels: readonly { readonly fromMs: number; readonly toMs: number; readonly name: string }[];
};

type PageAlert = { readonly fromMs: number; readonly toMs: number; readonly level: Severity };

type PagePanel = Pick<DrawnPanel, 'kind' | 'unit' | 'isDuration' | 'limits'> & {
  readonly points: number; // place among PageData's
  readonly lines: readonly { readonly line: number; readonly text: string }[]; // place among that one's
};

/** A figure with its place on the page. */
export type PlacedFigure = { readonly at: number; readonly rule: string; readonly figure: RecordedFigure };

/** Figures in the order of the page. */
export function placedFigures(run: Pick<RecordedRun, 'rules'>): PlacedFigure[] {
  const figures = run.rules.flatMap(({ name, figures: own }) => own.map(figure => ({ rule: name, figure })));
  return figures.map((figure, at) => ({ at, ...figure }));
}

export function pageData(run: RecordedRun, figures: readonly PlacedFigure[]): PageData {
  const toUs = run.stretch?.toUs ?? 0;
  const byFigure = Map.groupBy(run.alerts, alert => figureId(alert.rule, alert));
  return drawnData(figures, {
    stretch: run.stretch,
    shadesOf: ({ rule, figure }) => ({
      alerts: (byFigure.get(figureId(rule, figure)) ?? []).flatMap(alert => shadesOfAlert(alert, run.stretch!)), // as: there are rows
      labels: labelsOf(run.labels, { rule, key: figure.key }),
    }),
    told: run.alerts.map(alert => ({ ...alert, fromUs: startOf(alert), toUs: endOf(alert, toUs) })),
  });
}

/** What a row of the table tells of: a stretch of a rule and key. */
export type ToldStretch = Pick<RecordedAlert, 'rule' | 'key'> & { readonly fromUs: number; readonly toUs: number };

/** `told`: by row of the table. */
export function drawnData(
  figures: readonly PlacedFigure[],
  {
    stretch,
    shadesOf,
    told,
  }: {
    readonly stretch: RecordedRun['stretch'];
    readonly shadesOf: (placed: PlacedFigure) => Shades;
    readonly told: readonly ToldStretch[];
  },
): PageData {
  const { fromUs, toUs } = stretch ?? { fromUs: 0, toUs: 0 };
  const points = new PointsOfTraces(figures);
  const figureOf = new Map(figures.map(placed => [figureId(placed.rule, placed.figure), placed]));
  return {
    fromMs: fromUs / 1000,
    toMs: toUs / 1000,
    figures: figures.map(placed => ({ panels: panelsOf(placed, points), ...shadesOf(placed) })),
    points: points.all,
    zooms: told.map(one => {
      const placed = figureOf.get(figureId(one.rule, one));
      return placed === undefined ? null : zoomOf(one, placed.figure);
    }),
  };
}

/** The same of a figure and of the alerts that are drawn in it. */
export function figureId(rule: string, { key }: Pick<RecordedFigure, 'key'>): string {
  return JSON.stringify([rule, keyText(key)]);
}

/** When it was over, as far as the run has seen it. */
export function endOf({ clearedUs }: RecordedAlert, toUs: number): number {
  return clearedUs ?? toUs;
}

/** Panels of several rules that draw the same key share its points. */
class PointsOfTraces {
  readonly all: DrawnPoints[] = [];
  readonly #fields = new Map<Trace, Map<number, DrawnField>>();
  readonly #places = new Map<Trace, number>();

  constructor(figures: readonly PlacedFigure[]) {
    for (const { trace, lines, kind } of figures.flatMap(({ figure }) => figure.panels)) {
      const fields = this.#fields.get(trace) ?? new Map<number, DrawnField>();
      this.#fields.set(trace, fields);
      for (const { field } of lines) fields.set(field, { field, isHeld: kind === 'condition' });
    }
    for (const [trace, fields] of this.#fields) {
      this.#places.set(trace, this.all.length);
      this.all.push(drawnPoints(trace, [...fields.values()]));
    }
  }

  placeOf(trace: Trace): number {
    return this.#places.get(trace)!;
  }

  lineOf(trace: Trace, field: number): number {
    return [...this.#fields.get(trace)!.keys()].indexOf(field);
  }
}

function panelsOf({ figure }: PlacedFigure, points: PointsOfTraces): PagePanel[] {
  return figure.panels.map(({ trace, lines, kind, unit, isDuration, limits }) => ({
    kind,
    unit,
    isDuration,
    limits,
    points: points.placeOf(trace),
    lines: lines.map(({ field, text }) => ({ line: points.lineOf(trace, field), text })),
  }));
}

function shadesOfAlert(alert: RecordedAlert, { fromUs, toUs }: NonNullable<RecordedRun['stretch']>): PageAlert[] {
  return alert.levels.map((from, at) => ({
    fromMs: (at === 0 && alert.raisedUs === null ? fromUs : from.fromUs) / 1000,
    toMs: (alert.levels[at + 1]?.fromUs ?? endOf(alert, toUs)) / 1000,
    level: from.level,
  }));
}

export function labelsOf(
  labels: readonly ReportLabel[],
  figure: { readonly rule: string; readonly key: RecordedAlert['key'] },
): Shades['labels'] {
  return labels
    .filter(label => isLabelOf(label, figure))
    .map(({ fromUs, toUs, name }) => ({ fromMs: fromUs / 1000, toMs: toUs / 1000, name }));
}

const INTERVALS_BEFORE = { most: 60, fewest: 12 } as const;
const INTERVALS_BEHIND = { most: 30, fewest: 6 } as const;

/** It with so much before and behind it that one sees how it came: some dozen readings, but no years before a second. */
function zoomOf({ fromUs: startUs, toUs: endUs }: ToldStretch, { panels }: RecordedFigure): StretchMs {
  const lastsUs = endUs - startUs;
  const trace = panels[0]?.trace;
  if (trace === undefined) return [startUs / 1000, endUs / 1000];
  const start = trace.placeOf(startUs);
  const end = trace.placeOf(endUs);
  const timeUs = (at: number) => trace.interval(Math.max(0, Math.min(trace.length - 1, at))).firstUs;
  const marginUs = (
    { most, fewest }: { readonly most: number; readonly fewest: number },
    farUs: (count: number) => number,
  ) => Math.max(lastsUs / 2, Math.min(farUs(most), Math.max(3 * lastsUs, farUs(fewest))));
  const beforeUs = marginUs(INTERVALS_BEFORE, count => startUs - timeUs(start - count));
  const behindUs = marginUs(INTERVALS_BEHIND, count => timeUs(end + count) - endUs);
  return [(startUs - beforeUs) / 1000, (endUs + behindUs) / 1000];
}
