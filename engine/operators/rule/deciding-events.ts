import { type Column, createColumn, type EventIdentity, type SymbolTable } from '../../batch.ts';
import type { DecidingEvent, Frame, Provenance, Snapshot } from '../../operator.ts';
import { asSnapshot, columnBytes, copyValue, gatherColumn, growColumn, restoreColumn } from '../../state/columns.ts';
import { gatherFloat64, scatterFloat64 } from '../../state/gather.ts';
import { growFloat64 } from '../../state/growable.ts';
import type { AlertState } from './alert-state.ts';
import type { RuleOrigin } from './rule-origin.ts';

/**
 * The rows that alerts come from, by slot of the rule's state: the last one, and for each level the one with which its
 * condition came to hold. A row is known by its time, the end of its pane and, where the stream is stored, its identity.
 */
export class DecidingEvents {
  readonly #origin: RuleOrigin;
  readonly #state: AlertState;
  readonly #symbols: SymbolTable;
  readonly #levelCount: number;
  readonly #slots: readonly number[]; // of the frame: what is kept of a row beside its time
  readonly #last: readonly Column[]; // by slot
  readonly #first: readonly Column[]; // by slot × levels + level
  #firstUs = new Float64Array(0); // as #first; NaN: not known
  #frame: Frame | undefined; // that is open
  #size = 0;

  constructor(options: {
    readonly origin: RuleOrigin;
    readonly state: AlertState;
    readonly symbols: SymbolTable;
    readonly levelCount: number;
  }) {
    const { origin, state, symbols, levelCount } = options;
    const { identity, until } = origin;
    this.#origin = origin;
    this.#state = state;
    this.#symbols = symbols;
    this.#levelCount = levelCount;
    this.#slots = [
      ...(identity === null ? [] : [identity.source, identity.sequence, identity.item]),
      ...(until === null ? [] : [until]),
    ];
    this.#last = this.#createColumns();
    this.#first = this.#createColumns();
  }

  get bytesPerKey(): number {
    const row = this.#last.reduce((bytes, { values }) => bytes + 1 + (values as Uint8Array).BYTES_PER_ELEMENT, 0); // as: none is of texts
    return row + this.#levelCount * (row + 8);
  }

  get stateBytes(): number {
    return [...this.#last, ...this.#first].reduce(
      (bytes, column) => bytes + columnBytes(column),
      this.#firstUs.byteLength,
    );
  }

  grow(size: number): void {
    if (size <= this.#size) return;
    this.#size = size;
    const levels = size * this.#levelCount;
    this.#firstUs = growFloat64(this.#firstUs, levels, Number.NaN);
    for (const column of this.#last) growColumn(column, size);
    for (const column of this.#first) growColumn(column, levels);
  }

  open(frame: Frame): void {
    this.#frame = frame;
  }

  /** The last row of the slot, whose time the state has. */
  keep(slot: number, row: number): void {
    const { columns } = this.#frame!;
    for (let i = 0; i < this.#last.length; i++) copyValue(columns[this.#slots[i]!]!, row, this.#last[i]!, slot);
  }

  /** The level's condition holds from now on. */
  begin(slot: number, level: number): void {
    const place = slot * this.#levelCount + level;
    this.#firstUs[place] = this.#state.lastRowUs[slot]!;
    for (let i = 0; i < this.#first.length; i++) copyValue(this.#last[i]!, slot, this.#first[i]!, place);
  }

  /** Why the alert has this level. */
  provenanceOf(slot: number, level: number): Provenance {
    const place = slot * this.#levelCount + level;
    const { version, rangesUs } = this.#origin.details();
    const lastUs = this.#state.lastRowUs[slot]!;
    const last = this.#event(lastUs, this.#last, slot);
    const firstUs = this.#firstUs[place]!;
    const first = Number.isNaN(firstUs) ? last : this.#event(firstUs, this.#first, place);
    const untilUs = this.#untilUs(slot);
    return {
      levelIndex: level,
      sinceUs: this.#state.pendingSinceUs[place]!,
      events: isSame(first, last) ? [last] : [first, last],
      over: [
        ...(untilUs === null ? [] : [{ fromUs: lastUs, toUs: untilUs }]),
        ...rangesUs.map(us => ({ fromUs: lastUs - us, toUs: lastUs })),
      ],
      ruleVersion: version,
    };
  }

  snapshot(slots: Uint32Array): Snapshot {
    const width = this.#levelCount;
    const places = this.#placesOf(slots);
    return {
      firstUs: gatherFloat64(this.#firstUs, slots, width),
      last: this.#last.map(column => asSnapshot(gatherColumn(column, slots, slots.length))),
      first: this.#first.map(column => asSnapshot(gatherColumn(column, places, places.length))),
    };
  }

  /** The slots are grown to. Rows that were kept with other columns, as before the stream was stored, keep their times. */
  restore(snapshot: Snapshot, slots: Int32Array): void {
    const width = this.#levelCount;
    scatterFloat64(snapshot['firstUs'] as Float64Array, slots, this.#firstUs, width);
    restoreColumns(snapshot['last'] as readonly Snapshot[], this.#last, slots);
    const places = Int32Array.from({ length: slots.length * width }, (_, i) => {
      const slot = slots[Math.floor(i / width)]!;
      return slot < 0 ? -1 : slot * width + (i % width);
    });
    restoreColumns(snapshot['first'] as readonly Snapshot[], this.#first, places);
  }

  forget(slot: number): void {
    const [first, end] = [slot * this.#levelCount, (slot + 1) * this.#levelCount];
    this.#firstUs.fill(Number.NaN, first, end);
    for (const column of this.#last) column.valid![slot] = 0;
    for (const column of this.#first) column.valid!.fill(0, first, end);
  }

  #createColumns(): Column[] {
    const { identity, until } = this.#origin;
    const types = [
      ...(identity === null ? [] : (['symbol', 'int', 'int'] as const)),
      ...(until === null ? [] : (['time'] as const)),
    ];
    return types.map(type => {
      const column = createColumn(type, 0);
      column.valid = new Uint8Array(0);
      return column;
    });
  }

  #event(timeUs: number, columns: readonly Column[], place: number): DecidingEvent {
    return { stream: this.#origin.stream, timeUs, identity: this.#identity(columns, place) };
  }

  #identity(columns: readonly Column[], place: number): EventIdentity | null {
    if (this.#origin.identity === null || columns[0]!.valid![place] === 0) return null;
    const [source, sequence, item] = columns.map(({ values }) => values[place] as number); // as: none is of texts
    return { source: this.#symbols.textOf(source!), sequence: sequence!, item: item! };
  }

  #untilUs(slot: number): number | null {
    if (this.#origin.until === null) return null;
    const column = this.#last.at(-1)!;
    return column.valid![slot] === 0 ? null : (column.values[slot] as number); // as: it is a time
  }

  #placesOf(slots: Uint32Array): Uint32Array {
    const width = this.#levelCount;
    return Uint32Array.from(
      { length: slots.length * width },
      (_, i) => slots[Math.floor(i / width)]! * width + (i % width),
    );
  }
}

function restoreColumns(saved: readonly Snapshot[], columns: readonly Column[], places: Int32Array): void {
  if (saved.length !== columns.length) return;
  for (const [i, column] of columns.entries()) {
    const from = restoreColumn(saved[i]!);
    if (from.type !== column.type) continue;
    for (let row = 0; row < places.length; row++) if (places[row]! >= 0) copyValue(from, row, column, places[row]!);
  }
}

function isSame(a: DecidingEvent, b: DecidingEvent): boolean {
  return (
    a.timeUs === b.timeUs && a.identity?.sequence === b.identity?.sequence && a.identity?.item === b.identity?.item
  );
}
