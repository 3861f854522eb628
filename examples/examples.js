/**
 * The examples and their data. Plain JavaScript without dependencies: `npm start` uses it before anything is installed.
 * The series are read where they are ($MILLRACE_DATA, or ../shared/data beside the checkout); without them, a series
 * of the same form is generated beside the rule file, where the rule file's own address finds it. Other examples bring
 * their own readings, which a model of the plant has made (`make-data.js`).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSeries } from './generate-series.js';

/** Folder of the recorded series, or null. */
export function dataFolder() {
  const folder = process.env.MILLRACE_DATA ?? join(import.meta.dirname, '../../shared/data');
  return existsSync(folder) ? folder : null;
}

/** Every folder with an `example.json`: its title, and its sources by stream. Recordings of one number belong together. */
export function examplesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(join(folder, entry.name, 'example.json')))
    .map(entry => ({ name: entry.name, folder: join(folder, entry.name) }))
    .map(example => ({ ...example, ...JSON.parse(readFileSync(join(example.folder, 'example.json'), 'utf8')) }))
    .sort((a, b) => a.order - b.order || a.name.localeCompare(b.name));
}

/** The file of each stream: its own, or the first recorded series where it is there, else a generated one. */
export function inputsOf(example) {
  return Object.entries(example.sources).map(([stream, source]) => {
    if (source.data !== undefined) return { stream, file: join(example.folder, source.data), isGenerated: false };
    const recorded = dataFolder() === null ? null : join(dataFolder(), source.recorded[0]);
    if (recorded !== null && existsSync(recorded)) return { stream, file: recorded, isGenerated: false };
    return { stream, file: generatedFile(example, stream), isGenerated: true };
  });
}

/** Writes the generated series of a stream unless it is there. */
function generatedFile(example, stream) {
  const { file, generated } = example.sources[stream];
  const path = join(example.folder, file);
  if (!existsSync(path)) generateSeries(path, generated);
  return path;
}
