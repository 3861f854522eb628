import { isoTime } from '../../../connectors/codecs/output-lines.ts';
import { counted } from '../counted.ts';
import { durationText, SECOND_US } from '../new-from-data/duration.ts';
import type { Colours } from '../terminal.ts';
import type { FoundFault, RaisedAlert, Score } from './score-alerts.ts';

const HEADINGS = ['fault', 'where', 'began', 'alert', 'after', 'in time'];

/** Fault, alert, how long it took; then what was raised where nothing was wrong. */
export function scoreTable(
  { found, falseAlarms }: Score,
  options: { readonly machines: number; readonly days: number; readonly colours: Colours },
): string[] {
  const { machines, days, colours } = options;
  const rows = found.map(cellsOf);
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map(row => row[column]!.length)));
  const text = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  const inTime = found.filter(({ isInTime }) => isInTime).length;
  const missed = found.filter(({ alert }) => alert === null).length;
  const rate = falseAlarms.length / machines / days;
  return [
    colours.bold(text(HEADINGS)),
    ...found.map((fault, index) => (fault.isInTime ? colours.green : colours.red)(text(rows[index]!))),
    '',
    colours.bold(
      `${inTime} of ${counted(found.length, 'fault')} found in time${missed === 0 ? '' : `, ${missed} not at all`}`,
    ),
    colours.bold(
      `${counted(falseAlarms.length, 'false alarm')}: ${Number(rate.toPrecision(2))} for each machine and day`,
    ),
    ...falseAlarms
      .slice(0, MAX_SHOWN)
      .map(alarm => `  ${timeText(alarm.timeUs)}  ${alarm.rule}  ${whereText(alarm.key)}`),
    ...(falseAlarms.length > MAX_SHOWN ? [`  and ${falseAlarms.length - MAX_SHOWN} more`] : []),
  ];
}

function cellsOf({ known, alert, isInTime }: FoundFault): string[] {
  const after = alert === null ? '' : durationText(Math.round((alert.timeUs - known.fromUs) / SECOND_US) * SECOND_US);
  const isFound = alert === null ? 'missed' : isInTime ? 'yes' : 'late';
  const raised = alert === null ? '' : timeText(alert.timeUs).slice(11);
  return [known.fault, whereText(known.where), timeText(known.fromUs), raised, after, isFound];
}

function whereText(where: RaisedAlert['key']): string {
  return Object.values(where).join(' ');
}

/** To the second: rules are seldom quicker. */
function timeText(us: number): string {
  return isoTime(us).slice(0, 19).replace('T', ' ');
}

const MAX_SHOWN = 20;
