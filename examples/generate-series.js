import { writeFileSync } from 'node:fs';
import { seededRandom } from './seeded-random.js';

/**
 * Writes a series as CSV, always the same one: each column is a level with a daily wave, noise, and incidents that add
 * to it for a number of rows. `time` and the columns keep the names and the form of the recorded series.
 */
export function generateSeries(path, { separator, time, startTime, stepSeconds, rows, columns }) {
  const random = seededRandom(20130704);
  const names = Object.keys(columns);
  const lines = [[time, ...names].join(separator)];
  const startMs = Date.parse(startTime);
  for (let row = 0; row < rows; row++) {
    const timeMs = startMs + row * stepSeconds * 1000;
    const values = names.map(name => valueAt({ column: columns[name], row, timeMs, random }).toFixed(4));
    lines.push([new Date(timeMs).toISOString().slice(0, 19).replace('T', ' '), ...values].join(separator));
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}

function valueAt({ column: { level, daily = 0, noise = 0, incidents = [] }, row, timeMs, random }) {
  const wave = daily * Math.sin((timeMs / 86_400_000) * 2 * Math.PI);
  const isDuring = incident => row >= incident.fromRow && row < incident.fromRow + incident.rows;
  const added = incidents.filter(isDuring).reduce((sum, incident) => sum + incident.add, 0);
  return level + wave + noise * (random() + random() + random() - 1.5) + added;
}
