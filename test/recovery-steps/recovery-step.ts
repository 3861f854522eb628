/**
 * One of the things that the program does so that nothing is lost or doubled, and the test that fails without it. Where a
 * step is done in several places, each place is one.
 */
export type RecoveryStep = {
  /** In the words of docs/reliability.md. */
  readonly name: string;
  readonly file: string;
  /** What does it: there exactly once, so that the table cannot rot. */
  readonly text: string;
  /** What stands there instead where the step is disabled. */
  readonly replacement: string;
  readonly caughtBy: CatchingTest;
};

/** `title`: of one or several tests of the file, or a part of it. */
export type CatchingTest = { readonly file: string; readonly title: string };

/** A file's text without the step. Throws where the step is not there exactly once. */
export function withoutStep(source: string, { name, file, text, replacement }: RecoveryStep): string {
  const count = source.split(text).length - 1;
  if (count !== 1) throw new Error(`${file} has the text of the step "${name}" ${count} times:\n${text}`);
  return source.replace(text, () => replacement);
}

/** Its line in the table of docs/reliability.md. */
export function rowOf({ name, caughtBy: { file, title } }: RecoveryStep): string {
  return `| ${name} | \`${file}\`: ${title} |`;
}
