import type { Expression, LetStatement } from '../ast.ts';
import { checkExpression, checkLiteralAs } from './expression.ts';
import type { Words } from '../extensions.ts';
import type { Names } from './names.ts';
import { error, type Report } from './report.ts';
import type { Binding, Checked, Scope } from './scope.ts';
import { NO_HOIST, scopeOf } from './statement-scope.ts';
import { walkExpression } from './walk-syntax.ts';

/** The file's `let`s: names for values that are known when the file is compiled. */
export class Constants {
  readonly bindings = new Map<string, Binding>();
  /** Those with an error of their own: what uses them is not reported again. */
  readonly #broken = new Set<string>();
  readonly #words: Words;
  readonly #report: Report;

  constructor(statements: readonly LetStatement[], words: Words, names: Names, report: Report) {
    this.#words = words;
    this.#report = report;
    for (const statement of orderLets(statements, names, name => this.#breakCycle(name))) this.#declare(statement);
  }

  /** True where an expression uses a constant that is itself wrong. */
  isBroken(expression: Expression): boolean {
    if (this.#broken.size === 0) return false;
    let isBroken = false;
    walkExpression(expression, inside => {
      if (inside.kind === 'name' && this.#broken.has(inside.name)) isBroken = true;
    });
    return isBroken;
  }

  /** A plain number, as in `$.t * factor`; null after a report. */
  number(expression: Expression): number | null {
    const checked = this.check(expression, 'a constant');
    if (checked === null) return null;
    const { expression: value, unit } = checked;
    if (value.kind === 'literal' && typeof value.value === 'number' && unit === null && isPlainNumber(checked)) {
      return value.value;
    }
    const message = unit === null ? 'this is not a number' : 'a number that scales a field has no unit';
    this.#report(error('MR2536', expression.span, message, { hint: "the result is in the field's own unit" }));
    return null;
  }

  check(expression: Expression, place: string): Checked | null {
    if (this.isBroken(expression)) return null;
    return checkExpression(expression, this.#scope(place), this.#report);
  }

  /** A literal, or a constant, of a field's type and in its unit; undefined after a report. */
  valueFor(
    expression: Expression,
    { type, unit }: Pick<Checked, 'type' | 'unit'>,
  ): number | string | boolean | null | undefined {
    if (this.isBroken(expression)) return undefined;
    const scope = this.#scope('a constant');
    const checked = checkLiteralAs(expression, type, unit, this.#report, scope);
    return checked?.expression.kind === 'literal' ? checked.expression.value : undefined;
  }

  #scope(place: string): Scope {
    const { functions } = this.#words;
    return scopeOf([this.bindings], { functions, place, aggregates: 'none', hoist: NO_HOIST });
  }

  #declare(statement: LetStatement): void {
    const { name, value } = statement;
    if (this.#broken.has(name.name)) return;
    const checked = this.check(value, '`let`');
    if (checked !== null && checked.expression.kind === 'literal') {
      this.bindings.set(name.name, { kind: 'constant', value: checked, declaredAt: name.span });
      return;
    }
    this.#broken.add(name.name);
    if (checked !== null)
      this.#report(
        error('MR2508', value.span, `\`${name.name}\` is not a constant`, {
          hint: 'write a value, or arithmetic of values: functions are computed per event',
        }),
      );
  }

  #breakCycle(statement: LetStatement): void {
    if (this.#broken.has(statement.name.name)) return;
    this.#broken.add(statement.name.name);
    this.#report(error('MR2507', statement.name.span, `\`${statement.name.name}\` is defined by itself`));
  }
}

function isPlainNumber({ type }: Checked): boolean {
  return type === 'float' || type === 'int';
}

/** Constants behind those that they use, whatever the order in the file. */
function orderLets(
  statements: readonly LetStatement[],
  names: Names,
  onCycle: (statement: LetStatement) => void,
): LetStatement[] {
  const ordered: LetStatement[] = [];
  const state = new Map<LetStatement, 'open' | 'done'>();
  for (const root of statements) {
    const path: { readonly statement: LetStatement; readonly uses: LetStatement[] }[] = [];
    const open = (statement: LetStatement) => {
      state.set(statement, 'open');
      path.push({ statement, uses: letsIn(statement.value, names) });
    };
    if (!state.has(root)) open(root);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const used = top.uses.pop();
      if (used === undefined) {
        state.set(top.statement, 'done');
        ordered.push(top.statement);
        path.pop();
      } else if (!state.has(used)) {
        open(used);
      } else if (state.get(used) === 'open') {
        onCycle(used);
      }
    }
  }
  return ordered;
}

function letsIn(value: Expression, names: Names): LetStatement[] {
  const found: LetStatement[] = [];
  walkExpression(value, inside => {
    if (inside.kind !== 'name') return;
    const statement = names.get(inside.name);
    if (statement?.kind === 'let') found.push(statement);
  });
  return found;
}
