import { type BoundValue, type Expression, type MatchNode, replaceColumns } from '../../dsl/plan.ts';
import { type Column, createColumn } from '../batch.ts';
import { assert } from '../errors.ts';
import { type ChainFunction, compileChain } from '../expression/compile.ts';
import { lastRow } from '../expression/loop-source.ts';
import type { Frame, OperatorContext, Snapshot, View } from '../operator.ts';
import { slotOf } from '../operators/slot-of.ts';
import { columnBytes, copyValue, growColumn, TEXT_BYTES } from '../state/columns.ts';
import { growFloat64, growInt32 } from '../state/growable.ts';
import { boundFrame } from './bound-frame.ts';
import { type Chain, chainOf, rowOfValue } from './chain.ts';
import type { Matcher } from './matcher.ts';
import { restoreMatcher, snapshotMatcher } from './matcher-state.ts';

/** More is not kept of a key at which nothing has begun. */
const MAX_BYTES_PER_KEY = 256;

const NONE = -1;

/** Where a value of a match is: in the row that completes it, or so many rows before the one before that; null: nowhere. */
type ValueAt = { readonly column: number; readonly back: number } | { readonly slot: number } | null;

/**
 * Partial matches of a chain as the last rows of their keys, by code that is generated from the pattern's conditions. Snapshots are
 * those of the matcher, which makes them: it is empty in between. Cost: that of a key's last rows, whatever begins there.
 */
export class ChainMatcher {
  readonly source: string;
  readonly #matcher: Matcher;
  readonly #chain: Chain;
  readonly #rows: number; // that are kept of a key
  readonly #withinUs: number;
  readonly #values: readonly BoundValue[];
  readonly #valuesAt: readonly ValueAt[];
  readonly #kept: readonly { readonly name: string; readonly slot: number }[];
  readonly #take: ChainFunction;
  // By key and row, the last one first.
  readonly #columns: readonly Column[]; // without `valid`, until the first null
  #haveNulls = false;
  #timeUs = new Float64Array(0);
  // By key: partial matches that live, bit by bit, by how many rows ago they began.
  #live = new Int32Array(0);
  readonly #reached = new Int32Array(1); // how many rows any has bound, bit by bit

  /** Null: the pattern is no chain, or too much would have to be kept. */
  static of(node: MatchNode, matcher: Matcher, context: OperatorContext): ChainMatcher | null {
    const chain = chainOf(node, matcher.slots.automaton);
    if (chain === null) return null;
    const own = new ChainMatcher(node, chain, { ...context, matcher });
    return own.bytesPerKey <= MAX_BYTES_PER_KEY ? own : null;
  }

  private constructor(node: MatchNode, chain: Chain, context: OperatorContext & { readonly matcher: Matcher }) {
    const { matcher, input } = context;
    this.#matcher = matcher;
    this.#chain = chain;
    this.#rows = chain.steps.length - 1;
    this.#withinUs = node.withinUs ?? Infinity;
    this.#values = node.values;
    const kept = node.values.filter(value => rowOfValue(chain, value, this.#rows) !== null);
    this.#kept = [...new Set(kept.map(({ column }) => column!))].map(name => ({ name, slot: slotOf(input, name) }));
    this.#columns = this.#kept.map(({ name }) => {
      const { type } = kept.find(({ column }) => column === name)!;
      return createColumn(type, 0);
    });
    this.#valuesAt = node.values.map(value => this.#valueAt(value, input));
    const steps = chain.steps.map(({ event }, step) => {
      const { condition } = node.events[event]!;
      return { event, condition: condition && this.#besideLastRows(condition, step) };
    });
    const names = this.#kept.map(({ name }) => name);
    const { withinUs, skip } = node;
    const form = { steps, kept: names, withinUs, skipsPastLast: skip === 'past-last' };
    this.#take = compileChain(form, { ...context, name: node.id });
    this.source = this.#take.source;
  }

  get bytesPerKey(): number {
    const rowBytes = this.#columns.reduce((bytes, { values }) => bytes + bytesPerValue(values) + 1, 8);
    return 4 + this.#rows * rowBytes;
  }

  get stateBytes(): number {
    const columns = this.#columns.reduce((bytes, column) => bytes + columnBytes(column), 0);
    return this.#live.byteLength + this.#timeUs.byteLength + columns + this.#matcher.stateBytes;
  }

  reserveKeys(keys: number): void {
    if (this.#live.length >= keys) return;
    this.#live = growInt32(this.#live, keys);
    const places = this.#live.length * this.#rows;
    this.#timeUs = growFloat64(this.#timeUs, places);
    for (const column of this.#columns) growColumn(column, places);
  }

  /** Rows of a frame that has some. `complete`: a match ends with row `i`, whose values are there until it returns. */
  take(frame: Frame, bits: Int32Array, complete: (i: number, place: number) => void): void {
    if (this.#take.hasNulls(frame)) this.#admitNulls();
    const reached = this.#reached;
    const columns = this.#columns;
    const lastRows = { live: this.#live, timeUs: this.#timeUs, columns, haveNulls: this.#haveNulls, reached };
    let i = this.#take(frame, bits, lastRows, NONE);
    while (i < frame.length) {
      complete(i, frame.keyIds[i]! * this.#rows);
      i = this.#take(frame, bits, lastRows, i);
    }
  }

  /** Events that any row was bound to. */
  get reachedEvents(): number {
    const bound = 32 - Math.clz32(this.#reached[0]!);
    return this.#chain.steps.slice(0, bound).reduce((events, { event }) => events | (1 << event), 0);
  }

  /** The values of a match go to a row of columns. */
  copyTo(
    columns: readonly Column[],
    row: number,
    match: { readonly frame: Frame; readonly i: number; readonly place: number },
  ): void {
    const { frame, i, place } = match;
    for (const [index, at] of this.#valuesAt.entries()) {
      const column = columns[index]!;
      if (at === null) column.valid![row] = 0;
      else if ('slot' in at) copyValue(frame.columns[at.slot]!, i, column, row);
      else copyValue(this.#columns[at.column]!, place + at.back, column, row);
    }
  }

  /** Those end that are not complete in time. */
  moveTo(keyId: number, watermarkUs: number): void {
    const place = keyId * this.#rows;
    for (let live = this.#live[keyId]!; live !== 0; ) {
      const back = 31 - Math.clz32(live);
      if (this.#timeUs[place + back]! + this.#withinUs > watermarkUs) return;
      live &= ~(1 << back);
      this.#live[keyId] = live;
    }
  }

  nextDueUs(keyId: number): number {
    const live = keyId < this.#live.length ? this.#live[keyId]! : 0;
    if (live === 0) return Infinity;
    return this.#timeUs[keyId * this.#rows + 31 - Math.clz32(live)]! + this.#withinUs;
  }

  forget(keyId: number): void {
    if (keyId < this.#live.length) this.#live[keyId] = 0;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    const matcher = this.#matcher;
    const ids = Uint32Array.from(keyIds, (_, i) => i); // the matcher's own: it has arrays by key, which need not be for all
    matcher.reserveKeys(ids.length);
    const frame = this.#frame();
    matcher.slots.frame = frame;
    for (const [id, keyId] of keyIds.entries()) {
      for (let live = this.#live[keyId]!; live !== 0; ) {
        const back = 31 - Math.clz32(live); // the oldest comes first
        this.#hand(id, keyId * this.#rows + back, back);
        live &= ~(1 << back);
      }
    }
    const snapshot = snapshotMatcher(matcher, ids);
    for (const id of ids) matcher.forget(id);
    return snapshot;
  }

  /** Row i of a snapshot is of key `keyIds[i]`, for which there is room; −1: it is left out. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    const matcher = this.#matcher;
    const ids = Int32Array.from(keyIds, (keyId, i) => (keyId < 0 ? -1 : i));
    matcher.reserveKeys(ids.length);
    restoreMatcher(matcher, snapshot, ids);
    for (const [id, keyId] of keyIds.entries()) {
      if (keyId < 0) continue;
      for (const slot of matcher.slots.matches.of(id)) this.#takeOver(keyId, slot);
      matcher.forget(id);
    }
  }

  /** From now on, for good. */
  #admitNulls(): void {
    if (this.#haveNulls) return;
    this.#haveNulls = true;
    for (const column of this.#columns) column.valid = new Uint8Array(column.values.length).fill(1);
  }

  /** A partial match whose first row is at a place, as one of the matcher's. */
  #hand(id: number, first: number, back: number): void {
    const { slots } = this.#matcher;
    const slot = slots.allocate();
    slots.matches.firstUs[slot] = this.#timeUs[first]!;
    for (let row = 0; row <= back; row++) {
      slots.apply(this.#chain.steps[row]!.transition, slot, first - row, this.#timeUs[first - row]!);
    }
    slots.enter(slot, this.#chain.steps[back + 1]!.state);
    slots.matches.append(id, slot);
  }

  #takeOver(keyId: number, slot: number): void {
    const { matches, values, copies } = this.#matcher.slots;
    const bound = this.#chain.steps.findIndex(({ state }) => state === matches.state[slot]);
    assert(bound > 0, 'a partial match of a chain has bound some rows of it');
    const first = keyId * this.#rows + bound - 1;
    this.#live[keyId]! |= 1 << (bound - 1);
    this.#timeUs[first] = matches.firstUs[slot]!;
    for (const [index, value] of this.#values.entries()) {
      const row = rowOfValue(this.#chain, value, bound);
      if (row === null) continue;
      const column = this.#kept.findIndex(({ name }) => name === value.column);
      if (values.columns[index]!.valid![slot * copies] === 0) this.#admitNulls();
      copyValue(values.columns[index]!, slot * copies, this.#columns[column]!, first - row);
    }
  }

  /** The last rows as those of a frame, by place. */
  #frame(): Frame {
    const columns: (Column | undefined)[] = [];
    for (const [index, { slot }] of this.#kept.entries()) columns[slot] = this.#columns[index];
    return boundFrame(this.#timeUs, columns);
  }

  #valueAt(value: BoundValue, input: View): ValueAt {
    const row = rowOfValue(this.#chain, value, this.#rows + 1);
    if (row === null) return null;
    if (row === this.#rows) return { slot: slotOf(input, value.column!) };
    return { column: this.#kept.findIndex(({ name }) => name === value.column), back: this.#rows - 1 - row };
  }

  /** A condition on the row that comes behind so many, over the last rows instead of what is bound. */
  #besideLastRows(condition: Expression, bound: number): Expression {
    return replaceColumns(condition, read => {
      const value = this.#values.find(({ name }) => name === read.column);
      if (value === undefined) return read;
      const row = rowOfValue(this.#chain, value, bound);
      if (row === null) return { kind: 'literal', type: read.type, value: null };
      return { ...read, column: lastRow(value.column!, bound - 1 - row) };
    });
  }
}

function bytesPerValue(values: Column['values']): number {
  return 'BYTES_PER_ELEMENT' in values ? values.BYTES_PER_ELEMENT : TEXT_BYTES;
}
