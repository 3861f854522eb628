import type { LeftOut } from '../../../backends/flink-sql/export-plan.ts';
import type { Statement } from '../../../dsl/ast.ts';
import type { Diagnostic, Span } from '../../../dsl/diagnostics.ts';
import { parse } from '../../../dsl/parse.ts';

/** A message for each construct that has no equivalent, in the statement that needs it: a plan keeps no places. */
export function leftOutDiagnostics(
  leftOut: readonly LeftOut[],
  texts: ReadonlyMap<string, string>,
  severity: Diagnostic['severity'],
): readonly Diagnostic[] {
  const places = placesOf(texts);
  return leftOut.flatMap(({ kind, name, gaps }) => {
    const statement = `${kind} ${name}`;
    const place = places.get(statement)!; // what the plan has, some file says
    return gaps.map(({ construct, why }) => ({
      code: 'MR7300',
      severity,
      message: `${construct} of ${statement} has no equivalent in Flink SQL`,
      span: spanOf(construct, place, texts.get(place.whole.file)!),
      hint: `${why}; \`--partial\` leaves the ${kind} out, and what reads it`,
    }));
  });
}

/** Of a statement, and of its name. */
type Place = { readonly whole: Span; readonly name: Span };

/** Where the statement has the construct word by word (`cooldown 10m`), there; else at its name. */
function spanOf(construct: string, { whole, name }: Place, text: string): Span {
  const words = /`([^`]+)`/.exec(construct)?.[1];
  const start = words === undefined ? -1 : text.slice(0, whole.end).indexOf(words, whole.start);
  return start < 0 ? name : { file: whole.file, start, end: start + words!.length };
}

function placesOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, Place> {
  const statements = [...texts].flatMap(([file, text]) => parse(text, file).file?.statements ?? []);
  return new Map(statements.flatMap(placeOf));
}

function placeOf(statement: Statement): (readonly [string, Place])[] {
  switch (statement.kind) {
    case 'stream':
    case 'derive':
      return [[`stream ${statement.name.name}`, { whole: statement.span, name: statement.name.span }]];
    case 'rule':
      return [[`rule ${statement.name.name}`, { whole: statement.span, name: statement.name.span }]];
    case 'route':
    case 'store':
      return [[`${statement.kind} ${statement.stream.name}`, { whole: statement.span, name: statement.stream.span }]];
    default:
      return [];
  }
}
