/** Lines of a table for people: a heading and its rows, in columns as wide as they need to be. Numbers stand at the right. */
export function textTable(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = headings.map((heading, column) =>
    rows.reduce((width, row) => Math.max(width, String(row[column]!).length), heading.length),
  );
  const areNumbers = headings.map((_, column) => rows.length > 0 && rows.every(row => typeof row[column] === 'number'));
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, column) =>
        areNumbers[column] ? String(cell).padStart(widths[column]!) : String(cell).padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [headings, ...rows].map(line);
}
