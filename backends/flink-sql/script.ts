import type { LeftOut } from './export-plan.ts';
import { NOTES, type Note } from './notes.ts';
import { indented, quoted } from './sql-text.ts';

/** What a statement of the rule file becomes. */
export type Section = {
  readonly title: string;
  readonly notes: ReadonlySet<Note>;
  readonly statements: readonly string[];
};

export type Insert = { readonly table: string; readonly query: string };

type Script = {
  readonly sections: readonly Section[];
  readonly inserts: readonly Insert[];
  readonly leftOut: readonly LeftOut[];
};

const HEAD = `-- Flink SQL, made from rules by \`millrace export\`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';
`;

export function scriptText({ sections, inserts, leftOut }: Script): string {
  const parts = [HEAD, ...leftOut.map(leftOutText), ...sections.map(sectionText)];
  if (inserts.length > 0) parts.push(insertsText(inserts));
  return parts.join('\n');
}

function sectionText({ title, notes, statements }: Section): string {
  const comments = [`-- ${title}`, ...[...notes].map(note => `-- ${NOTES[note]}`)];
  return `${comments.join('\n')}\n${statements.map(statement => `${statement};\n`).join('\n')}`;
}

/** One job for all of them, so that what they read in common is read once. */
function insertsText(inserts: readonly Insert[]): string {
  const texts = inserts.map(({ table, query }) => `INSERT INTO ${quoted(table)}\n${query};`);
  return `EXECUTE STATEMENT SET\nBEGIN\n${indented(texts.join('\n\n'))}\nEND;\n`;
}

function leftOutText({ kind, name, gaps, reads }: LeftOut): string {
  const reasons = [
    ...gaps.map(({ construct, why }) => `${construct}: ${why}`),
    ...reads.map(statement => `it reads ${statement}`),
  ];
  return `-- left out: ${kind} ${name}\n${reasons.map(reason => `--   ${reason.replaceAll('\n', ' ')}\n`).join('')}`;
}
