import { type AggregateColumn, DURATION_COLUMN, type Field, type WindowNode } from '../../dsl/plan.ts';
import {
  createPaneAggregates,
  type PaneAggregates,
  type PaneInput,
  type PaneState,
  type PaneValue,
} from '../aggregates/pane-aggregate.ts';
import { type Column, createColumn } from '../batch.ts';
import type { Frame, OperatorContext, Snapshot } from '../operator.ts';
import { gatherColumn, growColumn } from '../state/columns.ts';
import { growFloat64, growInt32, growUint32, growUint8 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';

/**
 * The panes of a window operator: slots for open ones, their aggregates, and the frame of rows that closing them makes.
 * Within one `process`, first all closings and openings are noted in order, then the events are accumulated, then the
 * rows are written: a slot is used again only after that. Columns of the frame: the key's fields, `until`, the
 * duration where panes have one, what tells early rows apart where there are any, aggregates.
 */
export class PaneRows {
  readonly #keys: KeyDictionary;
  readonly #columns: readonly AggregateColumn[];
  readonly #states: readonly PaneState[];
  readonly #values: readonly PaneValue[]; // by aggregate
  readonly #together: PaneAggregates['together'];
  readonly #apart: readonly PaneState[]; // all others
  readonly #hasDuration: boolean;
  readonly #hasEarly: boolean;
  readonly #outputs: Column[]; // of the aggregates; good until the next frame, as all of a frame's arrays
  #free = new Int32Array(0);
  #freeCount = 0;
  #slotCount = 0;
  // Entries of the frame to come; slot −1: it only moves time.
  #length = 0;
  #rowCount = 0;
  #slots = new Int32Array(0);
  #keyIds = new Uint32Array(0);
  #timeUs = new Float64Array(0);
  #endUs = new Float64Array(0);
  #arrivalUs = new Float64Array(0);
  #durationUs = new Float64Array(0); // where panes have one
  // Of windows with early rows.
  #earlyCount = 0;
  #isEarly: Uint8Array = new Uint8Array(0);
  #revisions = new Float64Array(0);

  constructor(node: WindowNode, keys: KeyDictionary, context: OperatorContext) {
    const columns = node.aggregates;
    this.#columns = columns;
    this.#hasDuration = hasDuration(node);
    this.#hasEarly = hasEarly(node);
    this.#keys = keys;
    const { states, values, together } = createPaneAggregates(columns, context.input, context.symbols);
    this.#states = states;
    this.#values = values;
    this.#together = together;
    this.#apart = states.filter(state => state !== together?.cells);
    this.#outputs = columns.map(column => createColumn(column.type, 0));
  }

  get bytesPerPane(): number {
    return this.#states.reduce((bytes, { bytesPerSlot }) => bytes + bytesPerSlot, 4);
  }

  /** What each value in an open pane takes on top: 0 for aggregates that keep none. */
  get bytesPerValue(): number {
    return this.#states.reduce((bytes, { bytesPerValue }) => bytes + bytesPerValue, 0);
  }

  /** Makes room for so many more panes. */
  reserve(count: number): void {
    for (const state of this.#states) state.reserve(this.#slotCount + count);
  }

  /** An empty slot for a pane that opens. */
  open(): number {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount]!;
    const slot = this.#slotCount++;
    for (const state of this.#states) state.reserve(this.#slotCount);
    return slot;
  }

  /** Notes that a pane closes: a row with its start as time. */
  close(pane: PaneRow): void {
    this.#append(pane.slot, pane.startUs, pane);
    this.#rowCount++;
  }

  /** A row of an open pane, written as it is now: what comes before it has to be accumulated. Only sinks see it. */
  showEarly(pane: PaneRow): void {
    this.#append(-1, pane.startUs, pane);
    const row = this.#length - 1;
    this.#isEarly[row] = 1;
    if (this.#earlyCount++ === 0) for (const output of this.#outputs) output.valid = undefined;
    this.#values.forEach((value, c) => {
      growColumn(this.#outputs[c]!, this.#length);
      value.write(pane.slot, this.#outputs[c]!, row, pane);
    });
  }

  /** Notes that the key's watermark of the rows' stream has moved. */
  advance(keyId: number, watermarkUs: number, arrivalUs: number): void {
    this.#append(-1, watermarkUs, { keyId, endUs: watermarkUs, arrivalUs });
  }

  accumulate(input: PaneInput, frame: Frame): void {
    for (const state of this.#states) state.accumulate(input, frame);
  }

  /** The rows of all noted panes, whose slots are free afterwards. */
  takeFrame(): Frame | undefined {
    const length = this.#length;
    if (length === 0) return undefined;
    const hasRows = this.#rowCount + this.#earlyCount > 0;
    const frame: Frame = {
      length,
      keyIds: this.#keyIds,
      timeUs: this.#timeUs,
      watermarkUs: this.#timeUs,
      arrivalUs: this.#arrivalUs,
      rows: this.#rowCount === length ? undefined : this.#rowBytes(length),
      hasRows,
      columns: hasRows ? this.#rowColumns(length) : [],
      ...(this.#earlyCount > 0 ? { early: this.#isEarly } : {}),
    };
    this.#freeSlots();
    this.#length = 0;
    this.#rowCount = 0;
    this.#earlyCount = 0;
    return frame;
  }

  /** Lets go of an open pane, which gives no row. Between frames only. */
  discard(slot: number): void {
    for (const state of this.#states) state.reset(slot);
    this.#free = growInt32(this.#free, this.#freeCount + 1);
    this.#free[this.#freeCount++] = slot;
  }

  /** By aggregate's name, what it holds of the panes in these slots, in this order. Between frames only. */
  snapshot(slots: Uint32Array): Snapshot {
    return Object.fromEntries(this.#columns.map(({ name }, c) => [name, this.#values[c]!.snapshot(slots)]));
  }

  /** Row i of a snapshot goes into slot `slots[i]`, a new one; −1: it is left out. */
  restore(snapshot: Snapshot, slots: Int32Array): void {
    this.#columns.forEach(({ name }, c) => this.#values[c]!.restore(snapshot[name] as Snapshot, slots));
  }

  get stateBytes(): number {
    return this.#states.reduce((bytes, { stateBytes }) => bytes + stateBytes, this.#free.byteLength);
  }

  #append(slot: number, timeUs: number, entry: Entry): void {
    const { keyId, endUs, arrivalUs, durationUs, revision } = entry;
    const i = this.#length++;
    if (this.#slots.length <= i) this.#growEntries(i + 1);
    this.#slots[i] = slot;
    this.#keyIds[i] = keyId;
    this.#timeUs[i] = timeUs;
    this.#endUs[i] = endUs;
    this.#arrivalUs[i] = arrivalUs;
    if (durationUs !== undefined) this.#durationUs[i] = durationUs;
    if (!this.#hasEarly) return;
    this.#isEarly[i] = 0;
    this.#revisions[i] = revision ?? 0;
  }

  #growEntries(length: number): void {
    this.#slots = growInt32(this.#slots, length);
    this.#keyIds = growUint32(this.#keyIds, length);
    this.#timeUs = growFloat64(this.#timeUs, length);
    this.#endUs = growFloat64(this.#endUs, length);
    this.#arrivalUs = growFloat64(this.#arrivalUs, length);
    if (this.#hasDuration) this.#durationUs = growFloat64(this.#durationUs, length);
    if (!this.#hasEarly) return;
    this.#isEarly = growUint8(this.#isEarly, length);
    this.#revisions = growFloat64(this.#revisions, length);
  }

  #rowBytes(length: number): Uint8Array {
    return Uint8Array.from(this.#slots.subarray(0, length), slot => (slot < 0 ? 0 : 1));
  }

  #rowColumns(length: number): Column[] {
    const keyColumns = this.#keys.columns.map(column => gatherColumn(column, this.#keyIds, length));
    const until: Column = { type: 'time', values: this.#endUs, valid: undefined };
    const own: Column[] = [until];
    if (this.#hasDuration) own.push({ type: 'duration', values: this.#durationUs, valid: undefined });
    if (this.#hasEarly) {
      own.push({ type: 'bool', values: this.#isEarly, valid: undefined });
      own.push({ type: 'int', values: this.#revisions, valid: undefined });
    }
    return [...keyColumns, ...own, ...this.#closePanes(length)];
  }

  #closePanes(length: number): readonly Column[] {
    const outputs = this.#values.map((_, c) => this.#outputFor(c, length));
    if (this.#together !== undefined) {
      const { cells, places } = this.#together;
      cells.closeRows(
        this.#slots,
        length,
        places.map(place => outputs[place]!),
      );
    }
    this.#values.forEach((value, c) => {
      if (this.#together?.places.includes(c) !== true) this.#write(value, outputs[c]!, length);
    });
    return outputs;
  }

  #outputFor(c: number, length: number): Column {
    let output = this.#outputs[c]!;
    if (this.#earlyCount > 0) {
      growColumn(output, length);
      return output;
    }
    if (output.values.length < length) output = createColumn(this.#columns[c]!.type, this.#timeUs.length);
    output.valid = undefined;
    this.#outputs[c] = output;
    return output;
  }

  #write(value: PaneValue, output: Column, length: number): void {
    const bounds = { startUs: 0, endUs: 0 };
    for (let i = 0; i < length; i++) {
      const slot = this.#slots[i]!;
      if (slot < 0) continue;
      bounds.startUs = this.#timeUs[i]!;
      bounds.endUs = this.#endUs[i]!;
      value.write(slot, output, i, bounds);
    }
  }

  #freeSlots(): void {
    const length = this.#length;
    const slots = this.#slots;
    for (const state of this.#apart) {
      for (let i = 0; i < length; i++) if (slots[i]! >= 0) state.reset(slots[i]!);
    }
    this.#free = growInt32(this.#free, this.#freeCount + this.#rowCount);
    for (let i = 0; i < length; i++) if (slots[i]! >= 0) this.#free[this.#freeCount++] = slots[i]!;
  }
}

/** The columns of a window's rows, in the order of the frame's slots. */
export function paneRowFields(key: readonly Field[], node: WindowNode): Field[] {
  const own: Field[] = [{ name: 'until', type: 'time' }];
  if (hasDuration(node)) own.push({ name: DURATION_COLUMN, type: 'duration' });
  if (hasEarly(node)) own.push({ name: EARLY_COLUMN, type: 'bool' }, { name: REVISION_COLUMN, type: 'int' });
  return [...key, ...own, ...node.aggregates.map(({ name, type }) => ({ name, type }))];
}

/** Whether a row is an early one, and its revision: of the frames of windows that have such. */
export const EARLY_COLUMN = '#early';
export const REVISION_COLUMN = '#revision';

function hasEarly(node: WindowNode): boolean {
  return 'emitEveryUs' in node && node.emitEveryUs !== undefined;
}

type Entry = {
  readonly keyId: number;
  readonly endUs: number; // of what its row tells
  readonly arrivalUs: number;
  readonly durationUs?: number; // of panes that have one
  readonly revision?: number; // of windows with early rows
};

type PaneRow = Entry & { readonly slot: number; readonly startUs: number };

function hasDuration(node: WindowNode): boolean {
  return node.kind === 'session-window' || node.kind === 'state-window';
}
