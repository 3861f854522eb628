/** In a statement. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** As text in a statement. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The table of a series. `main` has a view of the same name, which is what people read. */
export function tableOf(series: string): string {
  return `series.${quoted(series)}`;
}
