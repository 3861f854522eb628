import type { IntervalJoinNode } from '../../dsl/plan.ts';
import { createColumn } from '../batch.ts';
import type { Downstream, Dropped, Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import { growFloat64 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { namedEntries, restoredEntries } from '../state/named-entries.ts';
import { WaitingEntries } from '../state/waiting-entries.ts';
import { fieldsOfSide, JoinedOutput } from './join/joined-output.ts';
import { sideMask, slotsOfSide } from './join/side-rows.ts';

const NONE = -1;

/**
 * Rows of two sides that are less than so long apart. Each row waits for those of the other side that may come behind it: as
 * long as they are near enough, or, where the other side's come before it, for those of its own time.
 */
export class IntervalJoin implements RowsOperator {
  readonly node: IntervalJoinNode;
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #keys: KeyDictionary;
  readonly #output: JoinedOutput;
  readonly #left: Side;
  readonly #right: Side;
  readonly #hasUnmatched: boolean;
  #oldestUs = new Float64Array(0); // by key, the time of its oldest left row without a partner
  #dropped: { readonly keyId: number; readonly timeUs: number; readonly count: number } | null = null;

  constructor(node: IntervalJoinNode, context: OperatorContext & { downstream: Downstream; keys: KeyDictionary }) {
    this.node = node;
    const { input, downstream, keys } = context;
    this.#input = input;
    this.#downstream = downstream;
    this.#keys = keys;
    const { direction, withinUs } = node;
    const sideOf = (side: 'left' | 'right', waitsUs: number): Side => {
      const columns = [...fieldsOfSide(node, side).map(({ type }) => createColumn(type, 0)), createColumn('bool', 0)];
      return { slots: slotsOfSide(node, side, input), rows: new WaitingEntries(columns), waitsUs };
    };
    this.#left = sideOf('left', direction === 'before' ? 0 : withinUs);
    this.#right = sideOf('right', direction === 'after' ? 0 : withinUs);
    this.#hasUnmatched = node.join !== 'inner';
    this.#output = new JoinedOutput(node, context);
  }

  get memory() {
    return { bytesPerKey: 40, plus: `the rows of ${this.node.withinUs / 1e6} s, at most ${this.node.maxRows} a side` };
  }

  takeDropped(): Dropped | null {
    const dropped = this.#dropped;
    if (dropped === null) return null;
    this.#dropped = null;
    const { keyId, ...rest } = dropped;
    return { node: this.node.id, of: 'rows', max: this.node.maxRows, key: this.#keys.values(keyId), ...rest };
  }

  process(frame: Frame): Frame | undefined {
    this.#reserveKeys();
    const output = this.#output;
    output.start();
    const isLeft = sideMask(frame, this.#input, this.node.left);
    const isRight = sideMask(frame, this.#input, this.node.right);
    const left = this.#left.slots.map(slot => frame.columns[slot]);
    const right = this.#right.slots.map(slot => frame.columns[slot]);
    const { length, keyIds, watermarkUs, arrivalUs } = frame;
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      const timeUs = watermarkUs[i]!;
      output.set(keyId, arrivalUs[i]!);
      this.#moveTo(keyId, timeUs);
      if (isLeft?.[i] === 1) this.#takeLeft(keyId, timeUs, i);
      if (isRight?.[i] === 1) this.#takeRight(keyId, timeUs, i);
    }
    this.#left.rows.moveKept(left);
    this.#right.rows.moveKept(right);
    const joined = output.takeOf(this.#left.rows.columns, this.#right.rows.columns);
    this.#left.rows.freeLeft();
    this.#right.rows.freeLeft();
    return joined;
  }

  nextDueUs(keyId: number): number {
    return Math.min(this.#ownDueUs(keyId), this.#downstream.nextDueUs(keyId));
  }

  hasRowsToCome(keyId: number): boolean {
    return this.#ownDueUs(keyId) < Infinity;
  }

  watermarkUs(_keyId: number, inputUs: number): number {
    return inputUs;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserveKeys();
    const [left, right] = [this.#left.rows.snapshot(keyIds), this.#right.rows.snapshot(keyIds)];
    return {
      left: { entries: left.entries, isMatched: left.columns.at(-1)! },
      right: right.entries,
      named: {
        ...namedEntries(fieldsOfSide(this.node, 'left'), left.columns),
        ...namedEntries(fieldsOfSide(this.node, 'right'), right.columns),
      },
    };
  }

  /** What is due follows from the rows. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserveKeys();
    const stored = snapshot['left'] as Snapshot;
    const named = snapshot['named'] as Snapshot;
    const isMatched = { [MATCHED.name]: stored['isMatched'] as Snapshot };
    const left = { entries: stored['entries'] as Snapshot, named: { ...named, ...isMatched } };
    this.#left.rows.restore(restoredEntries(left, [...fieldsOfSide(this.node, 'left'), MATCHED]), keyIds);
    const right = { entries: snapshot['right'] as Snapshot, named };
    this.#right.rows.restore(restoredEntries(right, [...fieldsOfSide(this.node, 'right'), MATCHED]), keyIds);
    for (const keyId of keyIds) if (keyId >= 0) this.#findDue(keyId);
  }

  forget(keyId: number): void {
    this.#left.rows.forget(keyId);
    this.#right.rows.forget(keyId);
    if (keyId < this.#oldestUs.length) this.#oldestUs[keyId] = Infinity;
  }

  get stateBytes(): number {
    return this.#left.rows.stateBytes + this.#right.rows.stateBytes + this.#oldestUs.byteLength;
  }

  /** Before an entry is handled: rows for which nothing can come any more go, and those without a partner are told. */
  #moveTo(keyId: number, timeUs: number): void {
    const { direction, withinUs } = this.node;
    const isBehind = (us: number) => (direction === 'before' ? us < timeUs : us + withinUs <= timeUs);
    for (let us = this.#oldestUs[keyId]!; isBehind(us); us = this.#oldestUs[keyId]!) {
      const row = this.#oldestUnmatched(keyId);
      const rowUs = direction === 'before' ? us : us + withinUs;
      this.#output.append(rowUs, row, NONE);
      this.#setMatched(row);
      this.#findDue(keyId);
    }
    this.#letGo(this.#left, keyId, timeUs);
    this.#letGo(this.#right, keyId, timeUs);
    this.#output.advance(timeUs);
  }

  #letGo({ rows, waitsUs }: Side, keyId: number, timeUs: number): void {
    for (let row = rows.oldest(keyId); row !== NONE; row = rows.oldest(keyId)) {
      const agoUs = timeUs - rows.timeUs(row);
      if (agoUs === 0 || agoUs < waitsUs) return;
      rows.letOldestGo(keyId);
    }
  }

  #takeLeft(keyId: number, timeUs: number, i: number): void {
    const row = this.#keep(this.#left, keyId, timeUs, i);
    const others = this.#right.rows;
    if (others.oldest(keyId) === NONE) return this.#findDue(keyId);
    this.#setMatched(row); // all that still wait are near enough
    if (this.node.join === 'anti') return;
    for (let other = others.oldest(keyId); other !== NONE; other = others.next(other)) {
      this.#output.append(timeUs, row, other);
    }
  }

  #takeRight(keyId: number, timeUs: number, i: number): void {
    const row = this.#keep(this.#right, keyId, timeUs, i);
    const others = this.#left.rows;
    for (let other = others.oldest(keyId); other !== NONE; other = others.next(other)) {
      this.#setMatched(other);
      if (this.node.join === 'anti') continue;
      this.#output.append(timeUs, other, row);
    }
    this.#findDue(keyId);
  }

  /** Behind so many rows the oldest is dropped. */
  #keep({ rows }: Side, keyId: number, timeUs: number, i: number): number {
    if (rows.count(keyId) >= this.node.maxRows) {
      rows.letOldestGo(keyId);
      const { keyId: firstKeyId, timeUs: firstUs, count } = this.#dropped ?? { keyId, timeUs, count: 0 };
      this.#dropped = { keyId: firstKeyId, timeUs: firstUs, count: count + 1 };
      this.#findDue(keyId);
    }
    const row = rows.keep(keyId, timeUs, i);
    const isMatched = rows.columns.at(-1)!;
    isMatched.values[row] = 0;
    isMatched.valid![row] = 1;
    return row;
  }

  #setMatched(row: number): void {
    const { columns } = this.#left.rows;
    columns.at(-1)!.values[row] = 1;
  }

  #findDue(keyId: number): void {
    if (!this.#hasUnmatched) return;
    const row = this.#oldestUnmatched(keyId);
    this.#oldestUs[keyId] = row === NONE ? Infinity : this.#left.rows.timeUs(row);
  }

  #oldestUnmatched(keyId: number): number {
    const { rows } = this.#left;
    const isMatched = rows.columns.at(-1)!.values;
    let row = rows.oldest(keyId);
    while (row !== NONE && isMatched[row] === 1) row = rows.next(row);
    return row;
  }

  /** The watermark at which no partner of the oldest one can come any more: behind its time, where partners come before it. */
  #ownDueUs(keyId: number): number {
    const oldestUs = keyId < this.#oldestUs.length ? this.#oldestUs[keyId]! : Infinity;
    return oldestUs + (this.node.direction === 'before' ? 1 : this.node.withinUs);
  }

  #reserveKeys(): void {
    this.#oldestUs = growFloat64(this.#oldestUs, this.#keys.size, Infinity);
  }
}

/** `waitsUs`: how long a row waits for the other side's. */
type Side = { readonly slots: readonly number[]; readonly rows: WaitingEntries; readonly waitsUs: number };

/** Of a left row: whether it has had a partner. The last column of what waits. */
const MATCHED = { name: '#matched', type: 'bool' } as const;
