import { type Expression, mapOperands } from '../../dsl/plan.ts';
import type { SymbolTable } from '../batch.ts';
import type { Functions } from '../functions/own-functions.ts';
import type { View } from '../operator.ts';
import { kindOf } from './code.ts';
import { lastRow, LoopSource, placeBack } from './loop-source.ts';
import { and, byte, fixed } from './source.ts';
import { Translator } from './translate.ts';

/**
 * What the rows of a match are, from the first to the last. A condition reads columns of the row, and of rows before it those
 * that are `kept`, by the names that `lastRow` gives them. `withinUs`: less than that from the first row to the last.
 */
export type ChainSteps = {
  readonly steps: readonly { readonly event: number; readonly condition: Expression | null }[];
  readonly kept: readonly string[];
  readonly withinUs: number | null;
  /** A match ends all partial matches of its key, and its last row begins none. */
  readonly skipsPastLast: boolean;
};

type Context = {
  readonly input: View;
  readonly symbols: SymbolTable;
  readonly functions: Functions;
  readonly hasNulls: boolean;
};

/**
 * The body of a function as those of generate.ts are: `(frame, ones, bound, live, firstUs, bits, reached, told) => row`. Bit n of a
 * key's `live`: a partial match began n rows before the key's last one. A row moves each of them on, or ends it. The loop ends at a
 * row that completes a match, before anything is done with it, and goes on there once the match is `told`: so no call is made in it
 * (KeyDictionary says why). benchmark: peers (rising)
 */
export function generateChain(chain: ChainSteps, context: Context): string {
  return new ChainSource(chain, context).print();
}

class ChainSource {
  readonly #chain: ChainSteps;
  readonly #hasNulls: boolean;
  readonly #rows: number; // that are kept of a key
  readonly #loop: LoopSource;
  readonly #translator: Translator;
  /** Conditions cost no more than a jump, and may be asked of whatever stands in the arrays: nothing jumps for them. */
  readonly #isStraight: boolean;

  constructor(chain: ChainSteps, { input, hasNulls, ...context }: Context) {
    this.#chain = chain;
    this.#hasNulls = hasNulls;
    this.#rows = chain.steps.length - 1;
    this.#loop = new LoopSource(input, hasNulls, { columns: chain.kept, rows: this.#rows });
    this.#translator = new Translator(this.#loop, { ...context, exists: 'true' });
    this.#isStraight = chain.steps.every(({ condition }) => condition === null || isOfNumbers(condition));
  }

  print(): string {
    const later = Array.from({ length: this.#rows - 1 }, (_, i) => this.#rows - 1 - i);
    const isFirst = bitOf(this.#chain.steps[0]!.event);
    const taken = [...this.#completion(), ...later.flatMap(step => this.#move(step)), ...this.#beginning(isFirst)];
    const kept = ['live[key] = now;', 'moved |= now;', ...this.#keeping()];
    return this.#loop.print({
      parameters: 'frame, ones, bound, live, firstUs, bits, reached, told',
      from: 'told < 0 ? 0 : told',
      before: ['const { keyIds, timeUs } = frame;', 'let moved = 0;'],
      body: [
        'const is = bits[i];',
        'const key = keyIds[i];',
        'const was = live[key];',
        `if (is === 0 || (was | (is & ${isFirst})) === 0) continue;`,
        `const place = key * ${fixed(this.#rows)};`,
        'let now = 0;',
        ...(this.#isStraight ? this.#loop.block([...taken, ...kept]) : [...taken, ...this.#loop.block(kept)]),
      ],
      after: ['reached[0] |= moved;', 'return length;'],
    });
  }

  /** Rarely is a row the last one of a match, if that is seen at the row alone: this is a jump that is foreseen. */
  #completion(): string[] {
    const told = ['if (i !== told) {', `  reached[0] |= moved | ${bitOf(this.#rows)};`, '  return i;', '}'];
    const skip = this.#chain.skipsPastLast ? ['live[key] = 0;', 'continue;'] : [];
    return this.#guarded(this.#rows, this.#whereTrue(this.#rows, [...told, ...skip]));
  }

  /** A partial match of so many rows takes the row, or is over: nobody can guess which. */
  #move(step: number): string[] {
    const condition = byte(this.#condition(step));
    if (!this.#isStraight) return this.#guarded(step, this.#loop.block([`now |= ${condition} << ${fixed(step)};`]));
    const { event } = this.#chain.steps[step]!;
    const isIn = [`is >> ${fixed(event)}`, `was >> ${fixed(step - 1)}`, byte(this.#isInTime(step)), condition];
    return [`now |= (${isIn.join(' & ')}) << ${fixed(step)};`];
  }

  #beginning(isFirst: string): string[] {
    return [`if ((is & ${isFirst}) !== 0) {`, ...indented(this.#whereTrue(0, ['now |= 1;'])), '}'];
  }

  /** The last rows move on by one; the row comes in front. */
  #keeping(): string[] {
    const columns = this.#chain.kept.flatMap((column, index) => {
      const { values, valid } = this.#loop.boundArrays(index);
      const { value, there } = this.#loop.read(column);
      const last = (back: number): string => this.#loop.read(lastRow(column, back)).value;
      const lastValid = (back: number): string => `${valid}[${placeBack(back)}]`;
      return [
        ...this.#shifted(values, last, value),
        ...(this.#hasNulls ? this.#shifted(valid, lastValid, byte(there)) : []),
      ];
    });
    return [...this.#shifted('firstUs', back => this.#lastUs(back), 'timeUs[i]'), ...columns];
  }

  #shifted(array: string, last: (back: number) => string, value: string): string[] {
    const later = Array.from({ length: this.#rows - 1 }, (_, i) => this.#rows - 1 - i);
    return [...later.map(back => `${array}[${placeBack(back)}] = ${last(back - 1)};`), `${array}[place] = ${value};`];
  }

  #lastUs(back: number): string {
    return this.#loop.name(`firstUs_${back}`, `firstUs[${placeBack(back)}]`);
  }

  /** Where a partial match with so many rows lives, in time, and the row may be the next one. */
  #guarded(bound: number, lines: readonly string[]): string[] {
    const isNext = `(is & ${bitOf(this.#chain.steps[bound]!.event)}) !== 0 && (was & ${bitOf(bound - 1)}) !== 0`;
    return [`if (${and(isNext, this.#isInTime(bound))}) {`, ...indented(lines), '}'];
  }

  #isInTime(bound: number): string {
    const { withinUs } = this.#chain;
    const firstUs =
      this.#isStraight && bound < this.#rows ? this.#lastUs(bound - 1) : `firstUs[${placeBack(bound - 1)}]`;
    return withinUs === null ? 'true' : `timeUs[i] < ${firstUs} + ${withinUs}`;
  }

  #condition(step: number): string {
    const { condition } = this.#chain.steps[step]!;
    return condition === null ? 'true' : this.#translator.truth(condition).isTrue;
  }

  #whereTrue(step: number, lines: readonly string[]): readonly string[] {
    const condition = this.#condition(step);
    if (condition === 'true') return lines;
    const tested = [`if (${condition}) {`, ...indented(lines), '}'];
    return this.#isStraight ? tested : this.#loop.block(tested);
  }
}

function isOfNumbers(expression: Expression): boolean {
  let isSo = expression.kind !== 'call' && ['number', 'bool'].includes(kindOf(expression.type));
  mapOperands(expression, operand => {
    isSo &&= isOfNumbers(operand);
    return operand;
  });
  return isSo;
}

function bitOf(index: number): string {
  return fixed(1 << index);
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`);
}
