import { SEVERITIES } from '../../dsl/plan.ts';
import type { Counts } from '../../engine/runtime/delivery.ts';
import { alertLanes } from './alert-lanes.ts';
import { alertTable } from './alert-table.ts';
import { Html, html } from './html.ts';
import { pageData, placedFigures } from './page-data.ts';
import { pageHtml, tile } from './page-html.ts';
import type { RecordedRun } from './recorded-run.ts';
import { ruleSections, toldOfAlerts } from './rule-sections.ts';

export type Report = {
  readonly title: string;
  /** Rule files, as they were named. */
  readonly files: readonly string[];
  readonly run: RecordedRun;
  /** What the run counted; null: it failed before. */
  readonly counts: Pick<Counts, 'events' | 'late' | 'rejected'> | null;
  /** What a reader has to know of it first, as that it was stopped; null: nothing. */
  readonly note: string | null;
};

/** A run: its alerts in a table and over time, and charts of what their rules looked at. The same report gives the same page. */
export function reportHtml({ title, files, run, counts, note }: Report): string {
  const figures = placedFigures(run);
  return pageHtml({
    title,
    about: files.length === 0 ? [] : [files.join(', ')],
    note,
    tiles: countTiles(run, counts),
    overview: html`${alertLanes(run)}
${alertTable(run, figures)}`,
    charts: ruleSections(run, { figures, toldOf: toldOfAlerts(run) }),
    run,
    data: pageData(run, figures),
  });
}

function countTiles(run: RecordedRun, counts: Report['counts']): Html[] {
  const raised = SEVERITIES.toReversed().map(level => {
    const count = [...run.raised.values()].reduce((sum, levels) => sum + (levels[level] ?? 0), 0);
    return { level, count };
  });
  const total = raised.reduce((sum, { count }) => sum + count, 0);
  const { events = 0, late = 0, rejected = 0 } = counts ?? {};
  return [
    ...(counts === null ? [] : [tile('events', events)]),
    tile(total === 1 ? 'alert raised' : 'alerts raised', total),
    ...raised.filter(({ count }) => count > 0).map(({ level, count }) => tile(level, count, level)),
    ...(late === 0 ? [] : [tile('events late', late)]),
    ...(rejected === 0 ? [] : [tile('events rejected', rejected)]),
    ...(run.labels.length === 0 ? [] : [tile(run.labels.length === 1 ? 'label' : 'labels', run.labels.length)]),
  ];
}
