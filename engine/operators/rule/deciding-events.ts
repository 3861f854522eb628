import type { ValueType } from '../../../dsl/plan.ts';
import { type Column, createColumn, type EventIdentity, type SymbolTable } from '../../batch.ts';
import type { DecidingEvent, Frame, Provenance, Snapshot } from '../../operator.ts';
import {
  asSnapshot,
  columnBytes,
  copyValue,
  gatherColumn,
  growColumn,
  restoreColumn,
  scatterColumn,
} from '../../state/columns.ts';
import { gatherFloat64, scatterFloat64 } from '../../state/gather.ts';
import { growFloat64 } from '../../state/growable.ts';
import type { AlertState } from './alert-state.ts';
import type { IdentitySlots, RuleDetails, RuleOrigin } from './rule-origin.ts';

/**
 * The rows that alerts come from, by slot of the rules' state: the last one, and for each level the one with which its
 * condition came to hold. A row is known by its time, the end of its pane and, where the stream is stored, its identity.
 */
export class DecidingEvents {
  readonly #origin: RuleOrigin; // of any of the rules, but for its details
  readonly #detailsOf: (rule: number) => RuleDetails;
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
    readonly detailsOf: (rule: number) => RuleDetails;
    readonly state: AlertState;
    readonly symbols: SymbolTable;
    readonly levelCount: number;
  }) {
    const { origin, state, symbols, levelCount } = options;
    this.#origin = origin;
    this.#detailsOf = options.detailsOf;
    this.#state = state;
    this.#symbols = symbols;
    this.#levelCount = levelCount;
    const kept = keptOf(origin);
    this.#slots = kept.map(({ slot }) => slot);
    this.#last = kept.map(({ type }) => emptyColumn(type));
    this.#first = origin.bound.length > 0 ? [] : kept.map(({ type }) => emptyColumn(type)); // a match is one row
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
    const { version, rangesUs } = this.#detailsOf(this.#state.ruleOf[slot]!);
    if (this.#origin.bound.length > 0)
      return { levelIndex: level, ...this.#ofMatch(slot), over: [], ruleVersion: version };
    const lastUs = this.#state.lastRowUs[slot]!;
    const last = this.#event(lastUs, this.#last, slot);
    const firstUs = this.#firstUs[place]!;
    const first = Number.isNaN(firstUs) ? last : this.#event(firstUs, this.#first, place);
    const over = rangesUs.map(us => ({ fromUs: lastUs - us, toUs: lastUs }));
    const untilUs = this.#untilUs(slot);
    if (untilUs !== null) over.unshift({ fromUs: lastUs, toUs: untilUs });
    return {
      levelIndex: level,
      sinceUs: this.#state.pendingSinceUs[place]!,
      events: isSame(first, last) ? [last] : [first, last],
      over,
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

  /** The rows that are bound, in order of time. */
  #ofMatch(slot: number): Pick<Provenance, 'sinceUs' | 'events'> {
    const events: DecidingEvent[] = [];
    let at = 0;
    for (const { stream, identity } of this.#origin.bound) {
      const [time, ...known] = this.#last.slice(at, (at += identity === null ? 1 : 1 + IDENTITY_TYPES.length));
      if (time!.valid![slot] === 0) continue;
      events.push({ stream, timeUs: time!.values[slot] as number, identity: identity && this.#identity(known, slot) }); // as: it is a time
    }
    events.sort((a, b) => a.timeUs - b.timeUs);
    const told = events.filter((event, i) => i === 0 || !isSame(event, events[i - 1]!) || event.identity === null);
    return { sinceUs: told[0]?.timeUs ?? this.#state.lastRowUs[slot]!, events: told };
  }

  #event(timeUs: number, columns: readonly Column[], place: number): DecidingEvent {
    return { stream: this.#origin.stream, timeUs, identity: this.#origin.identity && this.#identity(columns, place) };
  }

  #identity(columns: readonly Column[], place: number): EventIdentity | null {
    if (columns.length < IDENTITY_TYPES.length || columns[0]!.valid![place] === 0) return null;
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
    if (from.type === column.type) scatterColumn(from, places, column);
  }
}

function isSame(a: DecidingEvent, b: DecidingEvent): boolean {
  return (
    a.timeUs === b.timeUs && a.identity?.sequence === b.identity?.sequence && a.identity?.item === b.identity?.item
  );
}

/** What is kept of a row beside its time. */
function keptOf({ identity, until, bound }: RuleOrigin): { readonly slot: number; readonly type: ValueType }[] {
  return [
    ...identitySlots(identity),
    ...(until === null ? [] : [{ slot: until, type: 'time' as const }]),
    ...bound.flatMap(row => [{ slot: row.time, type: 'time' as const }, ...identitySlots(row.identity)]),
  ];
}

function identitySlots(identity: IdentitySlots | null): { readonly slot: number; readonly type: ValueType }[] {
  if (identity === null) return [];
  const { source, sequence, item } = identity;
  return [source, sequence, item].map((slot, i) => ({ slot, type: IDENTITY_TYPES[i]! }));
}

function emptyColumn(type: ValueType): Column {
  const column = createColumn(type, 0);
  column.valid = new Uint8Array(0);
  return column;
}

/** Of source, sequence and item. */
const IDENTITY_TYPES = ['symbol', 'int', 'int'] as const;
