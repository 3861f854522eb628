export class PlanError extends Error {
  readonly code = 'MR7010';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`MR7010: this is not a plan that can run:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
    this.name = 'PlanError';
    this.problems = problems;
  }
}

/** Beyond this many, more of them help nobody. */
const MAX_PROBLEMS = 50;

export class Problems {
  readonly list: string[] = [];

  add(path: string, what: string): void {
    if (this.list.length < MAX_PROBLEMS) this.list.push(`${path} ${what}`);
  }
}

export type Json = Readonly<Record<string, unknown>>;

export function recordAt(value: unknown, path: string, problems: Problems): Json | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  problems.add(path, `is ${show(value)}, not an object`);
  return null;
}

/** What is no text is no name; some values cannot even be made one. */
export function nameIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function show(value: unknown): string {
  const text = value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value));
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
