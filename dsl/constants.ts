import type { Expression, LetStatement } from './ast.ts';
import type { CompileInput } from './compile.ts';
import { parseFiles } from './parse/parse-files.ts';

/** A `let` of rule files. */
export type NamedConstant = {
  readonly name: string;
  /** Its value, as the file writes it. */
  readonly text: string;
  /** Null: it is no number and no duration by itself, but a text, or reckoned from others. */
  readonly quantity: Quantity | null;
};

export type Quantity =
  | {
      readonly kind: 'number';
      readonly value: number;
      readonly unit: string | null;
      readonly isWhole: boolean; // written without a point, and without a unit: it may be a count
    }
  | { readonly kind: 'duration'; readonly us: number };

/** The constants of files and of what they include, in the order of their statements. What does not parse has none. */
export function constantsOf(input: CompileInput): readonly NamedConstant[] {
  const { files, sources } = parseFiles(input);
  const lets = files.flatMap(file => file.statements.filter((one): one is LetStatement => one.kind === 'let'));
  return lets.map(({ name, value }) => ({
    name: name.name,
    text: sources.textOf(value.span).trim(),
    quantity: quantityOf(value),
  }));
}

function quantityOf(value: Expression): Quantity | null {
  switch (value.kind) {
    case 'number': {
      const unit = value.unit?.text ?? null;
      return { kind: 'number', value: value.value, unit, isWhole: unit === null && /^\d+$/.test(value.text) };
    }
    case 'duration':
      return { kind: 'duration', us: value.us };
    case 'unary': {
      const positive = value.operator === '-' ? quantityOf(value.operand) : null;
      return positive?.kind === 'number' ? { ...positive, value: -positive.value } : null;
    }
    default:
      return null;
  }
}
