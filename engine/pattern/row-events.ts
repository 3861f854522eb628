import type { MatchNode, PatternPart } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import type { Frame, View } from '../operator.ts';
import { slotOf } from '../operators/slot-of.ts';
import { growInt32 } from '../state/growable.ts';
import { STEP_ROW } from './automaton.ts';

type Test = { readonly bits: number; readonly slots: readonly number[] };

/**
 * Which events of a pattern each row of a frame is, as far as the row alone says, bit by bit; with STEP_ROW, where a pattern has
 * `~>`, if it is of a stream that a step names. The array is good until the next frame. benchmark: patterns
 */
export class RowEvents {
  readonly #tests: readonly Test[];
  readonly #always: number; // what each row is
  #bits = new Int32Array(0);

  constructor({ events, root }: Pick<MatchNode, 'events' | 'root'>, input: View) {
    const slot = (name: string) => slotOf(input, name);
    const ofEvents = events.map(({ rows, when }, event): Test => {
      return { bits: 1 << event, slots: [rows, when].filter(name => name !== null).map(slot) };
    });
    const streams = hasStrictArrow(root) ? new Set(stepEvents(root).map(event => events[event]!.rows)) : [];
    const ofSteps = [...streams].map((rows): Test => ({ bits: STEP_ROW, slots: rows === null ? [] : [slot(rows)] }));
    this.#tests = [...ofEvents, ...ofSteps];
    this.#always = this.#tests.reduce((bits, test) => (test.slots.length === 0 ? bits | test.bits : bits), 0);
  }

  /** `mask`: the entries that are rows; undefined: all are. */
  of(frame: Frame, mask: Uint8Array | undefined): Int32Array {
    const { length } = frame;
    this.#bits = growInt32(this.#bits, length);
    const bits = this.#bits;
    if (!frame.hasRows) return bits.fill(0, 0, length);
    let isWritten = false;
    for (const test of this.#tests) {
      const [first, second] = test.slots.map(slot => frame.columns[slot]!);
      if (first === undefined) continue;
      if (!isWritten && this.#always === 0 && second === undefined) {
        writeWhereTrue(bits, test.bits, first, length);
      } else {
        if (!isWritten) bits.fill(this.#always, 0, length);
        if (second === undefined) addWhereTrue(bits, test.bits, first, length);
        else addWhereBoth(bits, test.bits, [first, second], length);
      }
      isWritten = true;
    }
    if (!isWritten) bits.fill(this.#always, 0, length);
    if (mask !== undefined) for (let i = 0; i < length; i++) if (mask[i] === 0) bits[i] = 0;
    return bits;
  }
}

function hasStrictArrow(part: PatternPart): boolean {
  if (part.kind === 'event' || part.kind === 'absence') return false;
  return (part.kind === 'sequence' && part.arrows.includes('strict')) || part.parts.some(hasStrictArrow);
}

/** Of steps and absences: all that a pattern's tree names. */
function stepEvents(part: PatternPart): readonly number[] {
  return part.kind === 'event' || part.kind === 'absence' ? [part.event] : part.parts.flatMap(stepEvents);
}

/** As below, where nothing is there yet. */
function writeWhereTrue(bits: Int32Array, own: number, column: Column, length: number): void {
  const values = column.values as Uint8Array; // as: a condition is a bool
  const { valid } = column;
  if (valid === undefined) {
    for (let i = 0; i < length; i++) bits[i] = -values[i]! & own;
  } else {
    for (let i = 0; i < length; i++) bits[i] = -(values[i]! & valid[i]!) & own;
  }
}

function addWhereTrue(bits: Int32Array, own: number, column: Column, length: number): void {
  const values = column.values as Uint8Array; // as: a condition is a bool
  const { valid } = column;
  if (valid === undefined) {
    for (let i = 0; i < length; i++) bits[i]! |= -values[i]! & own;
  } else {
    for (let i = 0; i < length; i++) bits[i]! |= -(values[i]! & valid[i]!) & own;
  }
}

function addWhereBoth(bits: Int32Array, own: number, [a, b]: readonly [Column, Column], length: number): void {
  const first = a.values as Uint8Array; // as: conditions are bools
  const second = b.values as Uint8Array;
  const firstValid = a.valid ?? first;
  const secondValid = b.valid ?? second;
  for (let i = 0; i < length; i++) {
    bits[i]! |= -(first[i]! & firstValid[i]! & second[i]! & secondValid[i]!) & own;
  }
}
