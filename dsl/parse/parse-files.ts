import type { File, IncludeStatement } from '../ast.ts';
import { error } from '../check/report.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { parse } from '../parse.ts';
import { SourceTexts } from './source-texts.ts';

export type RuleText = { readonly file: string; readonly text: string };

/** Finds the file that `include "path"` in `fromFile` names; its `file` is the same however it is reached. */
export type ReadFile = (path: string, fromFile: string) => RuleText | undefined;

export type ParsedFiles = {
  readonly files: readonly File[]; // each once, an included one before what includes it
  readonly main: File | null;
  readonly sources: SourceTexts;
  readonly diagnostics: Diagnostic[];
};

/** Parses files and all that they include. */
export function parseFiles({
  file,
  text,
  others = [],
  read,
}: RuleText & { readonly others?: readonly RuleText[]; readonly read?: ReadFile }): ParsedFiles {
  const parser = new FileParser(read);
  const main = parser.parse(file, text, []);
  for (const other of others) if (!parser.sources.has(other.file)) parser.parse(other.file, other.text, []);
  return { files: parser.files, main, sources: parser.sources, diagnostics: parser.diagnostics };
}

class FileParser {
  readonly files: File[] = [];
  readonly sources = new SourceTexts();
  readonly diagnostics: Diagnostic[] = [];
  readonly #read: ReadFile | undefined;

  constructor(read: ReadFile | undefined) {
    this.#read = read;
  }

  /** `way`: the includes that lead here, for cycles. */
  parse(file: string, text: string, way: readonly string[]): File | null {
    this.sources.add(file, text);
    const parsed = parse(text, file);
    this.diagnostics.push(...parsed.diagnostics);
    if (parsed.file === null) return null;
    for (const statement of parsed.file.statements) {
      if (statement.kind === 'include') this.#include(statement, [...way, file]);
    }
    this.files.push(parsed.file);
    return parsed.file;
  }

  #include({ path, span }: IncludeStatement, way: readonly string[]): void {
    if (this.#read === undefined) {
      this.diagnostics.push(error('MR2509', span, 'files cannot be included here, where there is text only'));
      return;
    }
    const found = this.#read(path.value, span.file);
    if (found === undefined) {
      const hint = `the path starts from the folder of ${span.file}`;
      this.diagnostics.push(error('MR2509', path.span, `there is no file \`${path.value}\``, { hint }));
    } else if (way.includes(found.file)) {
      const circle = [...way.slice(way.indexOf(found.file)), found.file].join(' includes ');
      this.diagnostics.push(error('MR2510', path.span, `files include each other in a circle: ${circle}`));
    } else if (way.length >= MAX_DEPTH) {
      this.diagnostics.push(error('MR2510', path.span, `files include each other more than ${MAX_DEPTH} deep`));
    } else if (!this.sources.has(found.file)) {
      this.parse(found.file, found.text, way);
    }
  }
}

/** Beyond it a `read` that makes up ever new names would not end. */
const MAX_DEPTH = 100;
