import { assert } from '../errors.ts';
import type { View } from '../operator.ts';
import { fixed, isAtom, Names } from './source.ts';

/** Names of the columns that are read at `place`. */
export type Bound = { readonly columns: readonly string[]; readonly isFixed: boolean };

/** Columns of which a key keeps so many rows, side by side from `place` on, the last one first. */
export type LastRows = { readonly columns: readonly string[]; readonly rows: number };

const NOTHING_BOUND: Bound = { columns: [], isFixed: true };

type Loop = {
  readonly parameters: string;
  /** The first row. Default: that of the frame. */
  readonly from?: string;
  readonly before: readonly string[];
  readonly body: readonly string[];
  readonly after: readonly string[];
};

/**
 * The loop over a frame that is being generated, or the test of one row: which columns and functions it reads above, what it
 * names inside. `bound`: columns that are read at another place than the row; `isFixed`: they are the same for all tests, without nulls.
 * Of the last rows of a key, names are those of `lastRow`.
 */
export class LoopSource {
  readonly #input: View;
  readonly #hasNulls: boolean;
  readonly #bound: Bound | LastRows;
  readonly #boundArrays = new Map<number, { readonly values: string; readonly valid: string }>();
  readonly #names = new Names();
  readonly #header: string[] = [];
  readonly #columns = new Map<string, { readonly value: string; readonly there: string }>();
  readonly #functions = new Map<string, string>(); // source → local name
  readonly #temporaries: { readonly name: string; readonly source: string }[] = [];

  constructor(input: View, hasNulls: boolean, bound: Bound | LastRows = NOTHING_BOUND) {
    this.#input = input;
    this.#hasNulls = hasNulls;
    this.#bound = bound;
  }

  /** A column's value in this row, and whether it is there. */
  read(column: string): { readonly value: string; readonly there: string } {
    let read = this.#columns.get(column);
    if (read === undefined) {
      read = this.#readOnce(column);
      this.#columns.set(column, read);
    }
    return read;
  }

  /** A local name for a function that is called. */
  function({ name, source }: { readonly name: string; readonly source: string }): string {
    let local = this.#functions.get(source);
    if (local === undefined) {
      local = this.#names.of(name);
      this.#functions.set(source, local);
      this.#header.push(`const ${local} = ${source};`);
    }
    return local;
  }

  /** An atom for what may be used more than once: itself, or a temporary. */
  name(wanted: string, source: string): string {
    if (isAtom(source)) return source;
    let temporary = this.#temporaries.find(other => other.source === source);
    if (temporary === undefined) {
      temporary = { name: this.#names.of(wanted), source };
      this.#temporaries.push(temporary);
    }
    return temporary.name;
  }

  /** The source that a temporary stands for. */
  sourceOf(name: string): string {
    return this.#temporaries.find(temporary => temporary.name === name)?.source ?? name;
  }

  /** Names of the arrays of a column of `bound`, which do not grow while the loop runs. */
  boundArrays(index: number): { readonly values: string; readonly valid: string } {
    let arrays = this.#boundArrays.get(index);
    if (arrays === undefined) {
      const column = this.#bound.columns[index]!;
      arrays = { values: this.#names.of(`last_${column}`), valid: this.#names.of(`last_${column}Valid`) };
      const names = `values: ${arrays.values}${this.#hasNulls ? `, valid: ${arrays.valid}` : ''}`;
      this.#header.push(`const { ${names} } = bound[${index}];`);
      this.#boundArrays.set(index, arrays);
    }
    return arrays;
  }

  /** These lines, behind the temporaries that they use. */
  block(lines: readonly string[]): string[] {
    return [...this.#usedTemporaries(lines.join('\n')), ...lines];
  }

  /** `body`: blocks. */
  print({ parameters, from = '0', before, body, after }: Loop): string {
    return [
      `return (${parameters}) => {`,
      '  const length = frame.length;',
      ...[...this.#header, ...before].map(line => `  ${line}`),
      `  for (let i = ${from}; i < length; i++) {`,
      ...body.map(line => `    ${line}`),
      '  }',
      ...after.map(line => `  ${line}`),
      '};',
    ].join('\n');
  }

  /** A loop over rows and, for each, over the places of its group: `mark` where the condition is true of one of them. */
  printMarks(condition: string): string {
    return [
      'return (frame, ones, bound, { found, foundCount, groupOfRow, firstOf, placeOf, nextOf }, marks) => {',
      ...this.#header.map(line => `  ${line}`),
      '  for (let j = 0; j < foundCount; j++) {',
      '    const i = found[j];',
      '    for (let entry = firstOf[groupOfRow[i]]; entry !== 0; entry = nextOf[entry]) {',
      '      const place = placeOf[entry];',
      ...this.#usedTemporaries(condition).map(line => `      ${line}`),
      `      if (${condition}) marks[i] = 1;`,
      '    }',
      '  }',
      '};',
    ].join('\n');
  }

  /** A loop over places of rows, which keeps those where the condition is true. */
  printSelection(condition: string): string {
    return [
      'return (frame, ones, bound, place, found, foundCount, kept) => {',
      ...this.#header.map(line => `  ${line}`),
      '  let keptCount = 0;',
      '  for (let j = 0; j < foundCount; j++) {',
      '    const i = found[j];',
      '    kept[keptCount] = i;',
      ...this.#usedTemporaries(condition).map(line => `    ${line}`),
      `    keptCount += ${condition};`,
      '  }',
      '  return keptCount;',
      '};',
    ].join('\n');
  }

  /** A function that tests a row of a frame beside what is bound at a place. */
  printTest(condition: string): string {
    const body = `return ${condition};`;
    return [
      'return (frame, ones, bound) => {',
      ...this.#header.map(line => `  ${line}`),
      '  return (i, place) => {',
      ...[...this.#usedTemporaries(body), body].map(line => `    ${line}`),
      '  };',
      '};',
    ].join('\n');
  }

  #readOnce(column: string): { readonly value: string; readonly there: string } {
    if ('rows' in this.#bound) {
      const [index, back] = lastRowOf(column, this.#bound) ?? [];
      if (index !== undefined) return this.#readLast(column, index, back!);
    } else {
      const bound = this.#bound.columns.indexOf(column);
      if (bound >= 0) return this.#readBound(column, `bound[${bound}]`);
    }
    const slot = this.#input.slots.has(column) ? this.#input.slots.get(column) : undefined;
    const values = this.#names.of(column);
    if (slot === undefined) {
      assert(column === 'time', `the view has no column ${column}`);
      this.#header.push(`const ${values} = frame.timeUs;`);
      return { value: `${values}[i]`, there: 'true' };
    }
    this.#header.push(`const ${values} = frame.columns[${slot}].values;`);
    if (!this.#hasNulls) return { value: `${values}[i]`, there: 'true' };
    const valid = this.#names.of(`${column}Valid`);
    this.#header.push(`const ${valid} = frame.columns[${slot}].valid ?? ones;`);
    return { value: `${values}[i]`, there: this.name(`${column}IsThere`, `${valid}[i] === 1`) };
  }

  #readLast(name: string, index: number, back: number): { readonly value: string; readonly there: string } {
    const { values, valid } = this.boundArrays(index);
    const at = placeBack(back);
    const value = this.name(name, `${values}[${at}]`);
    return { value, there: this.#hasNulls ? this.name(`${name}IsThere`, `${valid}[${at}] === 1`) : 'true' };
  }

  #readBound(column: string, source: string): { readonly value: string; readonly there: string } {
    if (!('isFixed' in this.#bound && this.#bound.isFixed)) {
      const value = this.name(column, `${source}.values[place]`);
      return { value, there: this.name(`${column}IsThere`, `${source}.valid[place] === 1`) };
    }
    const values = this.#names.of('constants');
    this.#header.push(`const ${values} = ${source}.values;`);
    return { value: this.name('constant', `${values}[place]`), there: 'true' };
  }

  #usedTemporaries(stores: string): string[] {
    const used = new Set(identifiers(stores));
    const lines: string[] = [];
    for (const { name, source } of this.#temporaries.toReversed()) {
      if (!used.has(name)) continue;
      for (const identifier of identifiers(source)) used.add(identifier);
      lines.push(`const ${name} = ${source};`);
    }
    return lines.reverse();
  }
}

/** The name of a column of one of a key's last rows; `back`: 0 is the last. */
export function lastRow(column: string, back: number): string {
  return `${column}#${back}`;
}

/** Where the row is that is so many behind the one at `place`. */
export function placeBack(back: number): string {
  return back === 0 ? 'place' : `place + ${fixed(back)}`;
}

function lastRowOf(name: string, { columns, rows }: LastRows): readonly [index: number, back: number] | undefined {
  for (const [index, column] of columns.entries()) {
    for (let back = 0; back < rows; back++) if (lastRow(column, back) === name) return [index, back];
  }
  return undefined;
}

function identifiers(source: string): string[] {
  return source.match(/[\w$]+/g) ?? [];
}
