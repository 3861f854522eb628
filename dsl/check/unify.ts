import { agree, type Relation } from './agree.ts';
import { isLiteral, isNull } from './fold.ts';
import type { Report } from './report.ts';
import type { Checked } from './scope.ts';

/**
 * Brings all values to one type, and to the unit of the first that is no constant. The type may be another one than any
 * of two have: a symbol and a string are strings. Null after a report.
 */
export function unify(values: readonly Checked[], relation: Relation, report: Report): readonly Checked[] | null {
  const first = values.find(isField) ?? values.find(({ expression }) => !isNull(expression));
  if (first === undefined) return values;
  const common = commonOf(first, values, relation, report);
  return common && values.map(value => agree({ left: common, right: value }, relation, report)!.right);
}

function isField({ expression }: Checked): boolean {
  return !isLiteral(expression);
}

/** What the first value becomes beside all the others. */
function commonOf(first: Checked, values: readonly Checked[], relation: Relation, report: Report): Checked | null {
  let common = first;
  let isRight = true;
  for (const value of values) {
    if (value === first) continue;
    const agreed = agree({ left: common, right: value }, relation, report);
    if (agreed === null) isRight = false;
    else common = agreed.left;
  }
  return isRight ? common : null;
}
