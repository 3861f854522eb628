import type { LeftOut } from '../../../backends/flink-sql/export-plan.ts';
import type { Statement } from '../../../dsl/ast.ts';
import type { Diagnostic, Span } from '../../../dsl/diagnostics.ts';
import { parse } from '../../../dsl/parse.ts';

/** A message for each construct that has no equivalent, at the statement that needs it: a plan keeps no places. */
export function leftOutDiagnostics(
  leftOut: readonly LeftOut[],
  texts: ReadonlyMap<string, string>,
  severity: Diagnostic['severity'],
): readonly Diagnostic[] {
  const places = placesOf(texts);
  return leftOut.flatMap(({ kind, name, gaps }) => {
    const statement = `${kind} ${name}`;
    const span = places.get(statement)!; // what the plan has, some file says
    return gaps.map(({ construct, why }) => ({
      code: 'MR7300',
      severity,
      message: `${construct} of ${statement} has no equivalent in Flink SQL`,
      span,
      hint: `${why}; \`--partial\` leaves the ${kind} out, and what reads it`,
    }));
  });
}

function placesOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, Span> {
  const statements = [...texts].flatMap(([file, text]) => parse(text, file).file?.statements ?? []);
  return new Map(statements.flatMap(statement => placeOf(statement)));
}

function placeOf(statement: Statement): (readonly [string, Span])[] {
  switch (statement.kind) {
    case 'stream':
    case 'derive':
      return [[`stream ${statement.name.name}`, statement.name.span]];
    case 'rule':
      return [[`rule ${statement.name.name}`, statement.name.span]];
    case 'route':
    case 'store':
      return [[`${statement.kind} ${statement.stream.name}`, statement.stream.span]];
    default:
      return [];
  }
}
