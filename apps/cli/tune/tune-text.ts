import { tradeOffs } from '../../../engine/backtest/trade-off.ts';
import { leftOutLines, perKeyDayText, watchedText } from '../backtest/backtest-text.ts';
import { counted } from '../counted.ts';
import { stretchText } from '../score/score-table.ts';
import type { Colours } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { tunePlot } from './tune-plot.ts';
import type { Trial, Tuning } from './tuning.ts';
import { valueText } from './varied-constants.ts';

/** The trials, the curve of those that nothing is better than, and the best, for people. */
export function tuneText(tuning: Tuning, colours: Colours): string {
  const { rule, varied, trials, current, best, from, watched, leftOut } = tuning;
  const points = tradeOffs(trials);
  const curve = new Set(points.flatMap(point => point.trials));
  const names = varied.map(({ name }) => name).join(', ');
  const shown =
    trials.length <= MAX_SHOWN
      ? trials
      : fewOf(
          tuning,
          points.map(({ middle }) => middle),
        );
  const marks = new Map([...curve].map(trial => [trial, '*']));
  marks.set(current, 'o');
  marks.set(best, best === current ? 'X o' : 'X');
  const rows = shown.map(trial => cellsOf(trial, tuning, marks.get(trial) ?? ''));
  const headings = ['', ...varied.map(({ name }) => name), 'found in time', 'after', 'false alarms', 'per key and day'];
  const [heading, ...lines] = textTable(headings, rows);
  const left = trials.length - shown.length;
  return [
    colours.bold(`${rule}: ${counted(trials.length, 'trial')} of ${names}, over ${from}: ${watchedText(watched)}`),
    '',
    colours.bold(heading!),
    ...lines.map((line, index) => colourOf(shown[index]!, tuning, colours)(line)),
    ...leftOutLines(leftOut),
    ...(left > 0 ? [`and ${counted(left, 'trial')} more: --json has all`] : []),
    '',
    ...tunePlot(tuning, curve),
    '',
    colours.bold(adviceOf(tuning)),
    '',
  ].join('\n');
}

/** One of each point of the curve, and what is there. */
function fewOf({ trials, current, best }: Tuning, ofCurve: readonly Trial[]): readonly Trial[] {
  const shown = new Set([...ofCurve, current, best]);
  return trials.filter(trial => shown.has(trial));
}

function cellsOf({ values, counts }: Trial, { varied, watched }: Tuning, mark: string): (string | number)[] {
  const { inTime, faults, delayUs, falseAlarms } = counts;
  return [
    mark,
    ...varied.map(({ current }, place) => valueText(current, values[place]!)),
    `${inTime} of ${faults}`,
    delayUs === null ? '' : stretchText(delayUs),
    falseAlarms,
    perKeyDayText(falseAlarms, watched),
  ];
}

function colourOf(trial: Trial, { best, current }: Tuning, { green, cyan }: Colours): (text: string) => string {
  if (trial === best) return green;
  return trial === current ? cyan : text => text;
}

function adviceOf({ varied, current, best }: Tuning): string {
  if (best === current) return 'Nothing is better than what is there.';
  const lets = varied.map(
    ({ name, current: quantity }, place) => `let ${name} = ${valueText(quantity, best.values[place]!)}`,
  );
  const [now, then] = [current.counts, best.counts];
  return (
    `The best: ${lets.join(', ')}: ${then.inTime} of ${counted(then.faults, 'fault')} and ${counted(then.falseAlarms, 'false alarm')}, ` +
    `now ${now.inTime} and ${now.falseAlarms}.`
  );
}

const MAX_SHOWN = 30;
