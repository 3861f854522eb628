import type { File, LetStatement } from '../ast.ts';
import { error } from '../check/report.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { hintFor } from '../did-you-mean.ts';
import { parse } from '../parse.ts';
import type { ParsedFiles } from './parse-files.ts';

/** Values of `let`s by their names, as text: `{ limit: '90 degC' }`. */
export type ConstantTexts = Readonly<Record<string, string>>;

/** The files with other values of constants; what is wrong with these is told beside what is wrong with the files. */
export function withConstants(parsed: ParsedFiles, constants: ConstantTexts): ParsedFiles {
  const diagnostics = [...parsed.diagnostics];
  if (diagnostics.length > 0) return parsed; // the names that the rest declares are not known
  const declared = parsed.files.flatMap(file => file.statements.filter(statement => statement.kind === 'let'));
  const values = new Map<string, LetStatement['value']>();
  for (const [name, text] of Object.entries(constants)) {
    const file = `constant ${name}`;
    parsed.sources.add(file, `let ${name} = ${text}`);
    const statement = letIn(`let ${name} = ${text}`, file, diagnostics);
    if (statement === null) continue;
    if (declared.some(one => one.name.name === name)) values.set(name, statement.value);
    else diagnostics.push(unknown(statement, declared));
  }
  const replaced = (file: File): File => ({
    ...file,
    statements: file.statements.map(statement =>
      statement.kind === 'let'
        ? { ...statement, value: values.get(statement.name.name) ?? statement.value }
        : statement,
    ),
  });
  const files = parsed.files.map(replaced);
  const main = parsed.main === null ? null : (files[parsed.files.indexOf(parsed.main)] ?? null);
  return { ...parsed, files, main, diagnostics };
}

/** Null: it is no constant's value, and that is told. */
function letIn(text: string, file: string, diagnostics: Diagnostic[]): LetStatement | null {
  const parsed = parse(text, file);
  diagnostics.push(...parsed.diagnostics);
  const [statement, ...others] = parsed.file?.statements ?? [];
  if (statement === undefined) return null;
  if (statement.kind === 'let' && others.length === 0) return statement;
  diagnostics.push(error('MR7366', others[0]?.span ?? statement.span, 'this is more than the value of a constant'));
  return null;
}

function unknown({ name }: LetStatement, declared: readonly LetStatement[]): Diagnostic {
  const names = declared.map(one => one.name.name);
  const hint = hintFor(name.name, names, 'constants') ?? 'the files have no `let`';
  return error('MR7366', name.span, `there is no constant \`${name.name}\``, { hint });
}
