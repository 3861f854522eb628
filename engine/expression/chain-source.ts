import type { Expression } from '../../dsl/plan.ts';
import type { SymbolTable } from '../batch.ts';
import type { Functions } from '../functions/own-functions.ts';
import type { View } from '../operator.ts';
import { LoopSource, placeBack } from './loop-source.ts';
import { byte } from './source.ts';
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
 * The body of a function as those of generate.ts are: `(frame, ones, bound, live, firstUs, bits, complete) => reached`. Bit n of a
 * key's `live`: a partial match began n rows before the key's last one. A row moves each of them on, or ends it. Whether it does is
 * nobody's guess, so no jump depends on it. benchmark: peers (rising)
 */
export function generateChain(chain: ChainSteps, { input, hasNulls, ...context }: Context): string {
  const { steps, kept, skipsPastLast } = chain;
  const rows = steps.length - 1;
  const loop = new LoopSource(input, hasNulls, { columns: kept, rows });
  const translator = new Translator(loop, { ...context, exists: 'true' });
  const conditionOf = (step: number): string => {
    const { condition } = steps[step]!;
    return condition === null ? 'true' : translator.truth(condition).isTrue;
  };
  const moves = steps
    .map((_, step) => step)
    .slice(1, -1)
    .reverse();
  const body = [
    'const is = bits[i];',
    'const key = keyIds[i];',
    'const was = live[key];',
    `if (is === 0 || (was === 0 && ${isNot(bitOf(steps[0]!.event))})) continue;`,
    `const place = key * ${rows};`,
    'let now = 0;',
    ...guarded(chain, rows, [
      ...whereTrue(loop, conditionOf(rows), [
        'complete(i, place);',
        ...(skipsPastLast ? ['live[key] = 0;', 'continue;'] : []),
      ]),
    ]),
    ...moves.flatMap(step => guarded(chain, step, loop.block([`now |= ${byte(conditionOf(step))} << ${step};`]))),
    `if ((is & ${bitOf(steps[0]!.event)}) !== 0) {`,
    ...indented(whereTrue(loop, conditionOf(0), ['now |= 1;'])),
    '}',
    'live[key] = now;',
    'if (now === 0) continue;',
    'reached |= now;',
    ...shifted('firstUs', rows, 'timeUs[i]'),
    ...kept.flatMap((column, index) => {
      const { values, valid } = loop.boundArrays(index);
      const { value, there } = loop.read(column);
      return loop.block([...shifted(values, rows, value), ...(hasNulls ? shifted(valid, rows, byte(there)) : [])]);
    }),
  ];
  return loop.print({
    parameters: 'frame, ones, bound, live, firstUs, bits, complete',
    before: ['const { keyIds, timeUs } = frame;', 'let reached = 0;'],
    body,
    after: ['return reached;'],
  });
}

/** Where a partial match with so many rows lives, in time, and the row may be the next one. */
function guarded({ steps, withinUs }: ChainSteps, bound: number, lines: readonly string[]): string[] {
  const isInTime = withinUs === null ? '' : ` && timeUs[i] < firstUs[${placeBack(bound - 1)}] + ${withinUs}`;
  const isNext = `(is & ${bitOf(steps[bound]!.event)}) !== 0 && (was & ${bitOf(bound - 1)}) !== 0`;
  return [`if (${isNext}${isInTime}) {`, ...indented(lines), '}'];
}

function whereTrue(loop: LoopSource, condition: string, lines: readonly string[]): string[] {
  if (condition === 'true') return [...lines];
  return loop.block([`if (${condition}) {`, ...indented(lines), '}']);
}

/** The rows of a place move on by one; the row comes in front. */
function shifted(array: string, rows: number, value: string): string[] {
  const moved = Array.from({ length: rows - 1 }, (_, i) => rows - 1 - i);
  return [
    ...moved.map(back => `${array}[${placeBack(back)}] = ${array}[${placeBack(back - 1)}];`),
    `${array}[place] = ${value};`,
  ];
}

function bitOf(index: number): string {
  return String(1 << index);
}

function isNot(bit: string): string {
  return `(is & ${bit}) === 0`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`);
}
