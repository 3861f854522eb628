import { type Expression, mapOperands, type ValueType } from '../../../dsl/plan.ts';
import { type Column, createColumn, type SymbolTable } from '../../batch.ts';
import {
  compileMarks,
  compileSelection,
  compileTest,
  type MarkFunction,
  type PlacesOfRows,
  type RowTest,
  type SelectedRows,
  type SelectFunction,
} from '../../expression/compile.ts';
import type { OperatorContext } from '../../operator.ts';
import { FALSE, TRUE, type Truth, UNKNOWN } from '../rule/truth.ts';
import type { CurrentFrame } from './current-frame.ts';

/** One of the conditions of a form: its constants stand at a place. */
export type FormedCondition = { readonly form: ConditionForm; readonly place: number };

type FormContext = OperatorContext & { readonly name: string; readonly current: CurrentFrame };

/**
 * Conditions as tests of single rows. Those that differ in constants alone are one test, which is opened once for a frame
 * beside columns of their constants: of a thousand rules `device == "dK" and temperature > 90` it is one.
 */
export class ConditionForms {
  readonly #context: FormContext;
  readonly #forms = new Map<string, ConditionForm>();

  constructor(context: FormContext) {
    this.#context = context;
  }

  add(condition: Expression): FormedCondition {
    const constants: Constant[] = [];
    const formed = withoutConstants(condition, constants);
    const text = JSON.stringify(formed);
    let form = this.#forms.get(text);
    if (form === undefined) {
      form = new ConditionForm(formed, constants, { ...this.#context, place: this.#forms.size });
      this.#forms.set(text, form);
    }
    return { form, place: form.add(constants) };
  }
}

export class ConditionForm {
  readonly place: number; // among the forms
  readonly #isTrue: OpenTest;
  readonly #isFalse: OpenTest;
  readonly #mark: MarkFunction;
  readonly #select: SelectFunction;
  readonly #current: CurrentFrame;
  readonly #types: readonly ValueType[]; // of the constants
  readonly #symbols: SymbolTable;
  readonly #constants: readonly number[][]; // by constant and place; symbols as ids
  #count = 0; // of places
  #columns: readonly Column[] | undefined; // of the constants, when no more are added

  constructor(
    condition: Expression,
    constants: readonly Constant[],
    context: FormContext & { readonly place: number },
  ) {
    this.place = context.place;
    const bound = { columns: constants.map((_, i) => constantName(i)), isFixed: true };
    const options = { ...context, bound };
    const open = (made: RowTest) => new OpenTest(made, context.current, () => this.#columnsOfConstants());
    this.#isTrue = open(compileTest(condition, options));
    this.#isFalse = open(compileTest({ kind: 'not', type: 'bool', operand: condition }, options));
    this.#mark = compileMarks(condition, options);
    this.#select = compileSelection(condition, options);
    this.#current = context.current;
    this.#types = constants.map(({ type }) => type);
    this.#constants = constants.map(() => []);
    this.#symbols = context.symbols;
  }

  /** Before the first frame. */
  add(constants: readonly Constant[]): number {
    constants.forEach(({ value }, i) => {
      this.#constants[i]!.push(typeof value === 'string' ? this.#symbols.idOf(value) : value);
    });
    return this.#count++;
  }

  /** Writes 1 for each row of the current frame of which the condition of any place in its list is true. */
  mark(places: PlacesOfRows, marks: Uint8Array): void {
    this.#mark(this.#current.frame, this.#columnsOfConstants(), places, marks);
  }

  /** Keeps the rows of the current frame of which the condition of a place is true; returns how many these are. */
  select(place: number, rows: SelectedRows): number {
    return this.#select(this.#current.frame, this.#columnsOfConstants(), place, rows);
  }

  /** Of a row of the current frame. */
  isTrue(row: number, place: number): boolean {
    return this.#isTrue.ask(row, place);
  }

  truth(row: number, place: number): Truth {
    if (this.#isTrue.ask(row, place)) return TRUE;
    return this.#isFalse.ask(row, place) ? FALSE : UNKNOWN;
  }

  #columnsOfConstants(): readonly Column[] {
    return (this.#columns ??= this.#types.map((type, i) => columnOf(type, this.#constants[i]!)));
  }
}

/** A test, opened on the current frame when it is first asked something of it. */
class OpenTest {
  readonly #test: RowTest;
  readonly #current: CurrentFrame;
  readonly #bound: () => readonly Column[];
  #number = 0; // of the frame that it is open on
  #ask: ReturnType<RowTest['open']> = () => false;

  constructor(test: RowTest, current: CurrentFrame, bound: () => readonly Column[]) {
    this.#test = test;
    this.#current = current;
    this.#bound = bound;
  }

  ask(row: number, place: number): boolean {
    if (this.#number !== this.#current.number) {
      this.#number = this.#current.number;
      this.#ask = this.#test.open(this.#current.frame, this.#bound());
    }
    return this.#ask(row, place);
  }
}

type Constant = { readonly type: ValueType; readonly value: string | number };

/** No column is called so: ids of nodes begin with a stream's name. */
function constantName(i: number): string {
  return `#${i}`;
}

/** Takes numbers and symbols out; other constants stay, and make another form. */
function withoutConstants(expression: Expression, constants: Constant[]): Expression {
  if (expression.kind !== 'literal') return mapOperands(expression, operand => withoutConstants(operand, constants));
  const { type, value } = expression;
  const isSymbol = type === 'symbol' && typeof value === 'string';
  if (!isSymbol && typeof value !== 'number') return expression;
  return { kind: 'column', type, column: constantName(constants.push({ type, value }) - 1) };
}

function columnOf(type: ValueType, values: readonly number[]): Column {
  const column = createColumn(type, values.length);
  values.forEach((value, place) => (column.values[place] = value));
  return column;
}
