/** The folder that holds a file: `rules/a.mill` → `rules`; what a rule file's relative paths start from. */
export function directoryOf(file: string): string {
  const end = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\'));
  if (end < 0) return '.';
  return end === 0 ? file.slice(0, 1) : file.slice(0, end);
}
