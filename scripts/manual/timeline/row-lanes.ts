import type { Field, Plan, PlanNode, SelectNode } from '../../../dsl/plan.ts';
import { isOfMatches, matchLane } from './match-lanes.ts';
import { type RecordedRow, type Recording, isOfPanes } from './record-scenario.ts';
import { chartUnit, chartValue, shownValue } from './shown-value.ts';
import type { ChartLane, Lane, PaneLane, RowLane } from './timeline.ts';

/**
 * The rows of derived streams: panes as boxes with what they say; rows for some events only as dots with the same; rows for
 * every event as charts of their numbers, where they have any.
 */
export function rowLanes(key: string, recording: Recording): Lane[] {
  const streams = recording.plan.nodes.filter(node => node.kind === 'select');
  return streams.flatMap((stream): Lane[] => {
    const rows = recording.rows.filter(row => row.stream === stream.id && row.key === key);
    if (rows.length === 0) return [];
    if (isOfPanes(stream, recording.plan)) return [panes(stream, rows)];
    if (isOfMatches(stream, recording.plan)) return [matchLane(stream, rows, row => rowText(row, stream.fields))];
    const isCharted = stream.fields.some(field => CHARTED.includes(field.type)) && !isOfSome(stream, recording.plan);
    return isCharted ? charts(stream, rows) : [someRows(stream, rows)];
  });
}

/** What gives rows for some events only, or at times of their own. */
const SOME_ROWS: readonly PlanNode['kind'][] = ['filter', 'side', 'count-window'];

function isOfSome(node: PlanNode, plan: Plan): boolean {
  if (SOME_ROWS.includes(node.kind)) return true;
  return 'input' in node && isOfSome(plan.nodes.find(({ id }) => id === node.input)!, plan);
}

function panes({ id, fields }: SelectNode, rows: readonly RecordedRow[]): PaneLane {
  const ofPanes = rows.map(row => ({ fromUs: row.atUs, toUs: row.untilUs!, text: rowText(row, fields) }));
  return { kind: 'panes', label: id, panes: ofPanes };
}

function someRows({ id, fields }: SelectNode, rows: readonly RecordedRow[]): RowLane {
  return { kind: 'rows', label: id, rows: rows.map(row => ({ atUs: row.atUs, text: rowText(row, fields) })) };
}

function rowText({ values }: RecordedRow, fields: SelectNode['fields']): string {
  return fields.map(field => `${field.name} ${shownValue(values[field.name]!, field)}`).join(', ');
}

function charts({ id, fields }: SelectNode, rows: readonly RecordedRow[]): ChartLane[] {
  const numbers = fields.filter(field => CHARTED.includes(field.type));
  return numbers.map((field: Field) => ({
    kind: 'chart',
    label: `${id}.${field.name}`,
    unit: chartUnit(field),
    points: rows.map(row => {
      return { atUs: row.atUs, arrivedUs: row.atUs, value: chartValue(row.values[field.name], field), fate: 'taken' };
    }),
    limits: [],
  }));
}

const CHARTED: readonly Field['type'][] = ['float', 'int', 'duration'];
