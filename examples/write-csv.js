import { writeFileSync } from 'node:fs';

/** The texts of a pack's files, by name: its `make-data.js` writes them where it is run by itself. */
export function writeFiles(folder, files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, folder), text);
}

/** Rows as CSV; null is an empty field. */
export function csv(columns, rows) {
  return `${[columns, ...rows].map(row => row.map(value => value ?? '').join(',')).join('\n')}\n`;
}

/** `2026-01-05T06:15:00Z` */
export function isoTime(ms) {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
