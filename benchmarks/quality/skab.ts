import { join } from 'node:path';
import { anomalyScores } from './anomaly-scores.ts';
import { type Series, timeUsOf, writeTable } from './series.ts';

/** One for all runs: what `anomaly` of its eight sensors has to reach. */
export const SKAB_CUT = 0.999;

/** Not sensors: time, and the labels. */
const OTHERS: readonly string[] = ['datetime', 'anomaly', 'changepoint'];

/** Writes whether each reading is an anomaly. */
export function writeSkab(series: Series, out: string) {
  for (const file of series.files) {
    const { header, rows } = series.read(file);
    const sensors = header.map((name, place) => ({ name, place })).filter(({ name }) => !OTHERS.includes(name));
    const scores = anomalyScores(
      rows.map(row => ({ timeUs: timeUsOf(row[0]!), values: sensors.map(({ place }) => Number(row[place])) })),
    );
    const table = rows.map((row, i) => [row[0], scores[i]! >= SKAB_CUT ? 1 : 0]);
    writeTable(join(out, file), ['datetime', 'prediction'], table);
  }
  return { cut: SKAB_CUT, runs: series.files.length };
}
