import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anomalyScores } from './anomaly-scores.ts';
import { type Series, timeUsOf, writeTable } from './series.ts';

/** One for all series: a reading in a thousand. */
export const NAB_CUT = 0.999;

/** Readings after an alarm, in which a lesser one is none. */
const REST = 75;

type Window = { readonly fromUs: number; readonly toUs: number };

/** Writes the scores of each series, and counts alarms at the one cut: how many are within a window, and how many windows have one. */
export function writeNab(series: Series, out: string) {
  const labels = JSON.parse(readFileSync(join(series.root, 'labels', 'combined_windows.json'), 'utf8'));
  const total = { windows: 0, windowsFound: 0, alarms: 0, alarmsInWindows: 0, quietReadings: 0, quietAlarms: 0 };
  for (const file of series.files) {
    const { rows } = series.read(file);
    const times = rows.map(([time]) => timeUsOf(time!));
    const scores = anomalyScores(rows.map(([, value], i) => ({ timeUs: times[i]!, values: [Number(value)] })));
    const alarms = alarmsOf(scores);
    const table = rows.map(([time, value], i) => [time, value, alarms[i]]);
    writeTable(join(out, 'data', file), ['timestamp', 'value', 'anomaly_score'], table);
    const windows = (labels[file] as readonly (readonly [string, string])[]).map(([from, to]) => ({
      fromUs: timeUsOf(from),
      toUs: timeUsOf(to),
    }));
    count(total, { times, alarms, windows });
  }
  const { windows, windowsFound, alarms, alarmsInWindows, quietReadings, quietAlarms } = total;
  const shown = {
    cut: NAB_CUT,
    series: series.files.length,
    recall: windowsFound / windows,
    precision: alarmsInWindows / alarms,
    quietAlarmsPerThousand: (1_000 * quietAlarms) / quietReadings,
  };
  console.log(
    `NAB at ${NAB_CUT}: ${windowsFound} of ${windows} windows found, ${alarmsInWindows} of ${alarms} alarms in one, ` +
      `${shown.quietAlarmsPerThousand.toFixed(2)} alarms in a thousand readings of series without anomaly`,
  );
  return shown;
}

/** The one cut, for each of the scorer's profiles. */
export function writeNabCut(series: Series, out: string): string {
  const profiles = JSON.parse(readFileSync(join(series.root, 'config', 'profiles.json'), 'utf8'));
  const path = join(out, 'nab-cut.json');
  writeFileSync(path, JSON.stringify(Object.fromEntries(Object.keys(profiles).map(name => [name, NAB_CUT]))));
  return path;
}

/** The scores where they are the greatest of the last readings; 0 elsewhere: an alarm is raised once. */
function alarmsOf(scores: Float64Array): Float64Array {
  return scores.map((score, i) => (score > Math.max(0, ...scores.subarray(Math.max(0, i - REST), i)) ? score : 0));
}

function count(
  total: Record<'windows' | 'windowsFound' | 'alarms' | 'alarmsInWindows' | 'quietReadings' | 'quietAlarms', number>,
  { times, alarms, windows }: { times: readonly number[]; alarms: Float64Array; windows: readonly Window[] },
): void {
  const first = Math.ceil(Math.min(Math.floor(0.15 * times.length), 750)); // as the scorer: what comes before is for learning
  const at = times.filter((_, i) => i >= first && alarms[i]! >= NAB_CUT);
  const isIn = ({ fromUs, toUs }: Window, timeUs: number) => timeUs >= fromUs && timeUs <= toUs;
  total.windows += windows.length;
  total.windowsFound += windows.filter(window => at.some(timeUs => isIn(window, timeUs))).length;
  total.alarms += at.length;
  total.alarmsInWindows += at.filter(timeUs => windows.some(window => isIn(window, timeUs))).length;
  if (windows.length > 0) return;
  total.quietReadings += times.length - first;
  total.quietAlarms += at.length;
}
