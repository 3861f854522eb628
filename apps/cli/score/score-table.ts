import { isoTime } from '../../../connectors/codecs/output-lines.ts';
import { countsOf, type FoundFault, type RaisedAlert, type Score } from '../../../engine/backtest/score-alerts.ts';
import { counted } from '../counted.ts';
import { durationText, SECOND_US } from '../new-from-data/duration.ts';
import { printable } from '../printable.ts';
import type { Colours } from '../terminal.ts';
import { textTable } from '../text-table.ts';

const HEADINGS = ['fault', 'where', 'began', 'alert', 'after', 'in time'];

/** Fault, alert, how long it took; then what was raised where nothing was wrong. */
export function scoreTable(
  score: Score,
  options: { readonly machines: number; readonly days: number; readonly colours: Colours },
): string[] {
  const { machines, days, colours } = options;
  const { found, falseAlarms } = score;
  const [headings, ...rows] = textTable(HEADINGS, found.map(cellsOf));
  const { faults, inTime, missed } = countsOf(score);
  return [
    colours.bold(headings!),
    ...found.map((fault, index) => (fault.isInTime ? colours.green : colours.red)(rows[index]!)),
    '',
    colours.bold(
      `${inTime} of ${counted(faults, 'fault')} found in time${missed === 0 ? '' : `, ${missed} not at all`}`,
    ),
    colours.bold(
      `${counted(falseAlarms.length, 'false alarm')}: ${rateText(falseAlarms.length / machines / days)} for each machine and day`,
    ),
    ...falseAlarms
      .slice(0, MAX_SHOWN)
      .map(alarm => `  ${secondText(alarm.timeUs)}  ${alarm.rule}  ${whereText(alarm.key)}`),
    ...(falseAlarms.length > MAX_SHOWN ? [`  and ${falseAlarms.length - MAX_SHOWN} more`] : []),
  ];
}

/** Of a rate, or of anything else that nobody needs to know better. */
export function rateText(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}

/** Where a fault or an alert is. */
export function whereText(where: RaisedAlert['key']): string {
  return printable(Object.values(where).join(' '));
}

/** To the second: rules are seldom quicker. */
export function secondText(us: number): string {
  return isoTime(us).slice(0, 19).replace('T', ' ');
}

/** A stretch of time, to the second. */
export function stretchText(us: number): string {
  return durationText(Math.round(us / SECOND_US) * SECOND_US);
}

function cellsOf({ known, alert, isInTime }: FoundFault): string[] {
  const after = alert === null ? '' : stretchText(alert.timeUs - known.fromUs);
  const isFound = alert === null ? 'missed' : isInTime ? 'yes' : 'late';
  const raised = alert === null ? '' : secondText(alert.timeUs).slice(11);
  return [printable(known.name), whereText(known.where), secondText(known.fromUs), raised, after, isFound];
}

const MAX_SHOWN = 20;
