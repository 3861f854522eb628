import type { SourceNode } from '../../dsl/plan.ts';
import {
  type Column,
  type EventBatch,
  type EventIdentity,
  neededFields,
  type Rejection,
  type Scalar,
  type SymbolTable,
} from '../batch.ts';
import { type Fault, FieldBuffer, shown } from './field-buffer.ts';
import { parseDecimal } from './decimal.ts';
import { type EpochUnit, epochNumberUs, MAX_TIME_US, parseEpochUs, parseIsoUs } from './event-time.ts';

/** Where a codec finds the values of one event: slot i of the builder. The event time, if declared, is the last one. */
export type BuilderSlot = { readonly name: string; readonly origin: SourceNode['fields'][number]['from'] };

/**
 * Turns raw values into batches: checks all declared fields, scales, fills in defaults, reads times, and keeps what is
 * needed as columns. What the schema refuses becomes a Rejection (MEANING.md 10).
 *
 * For each event: exactly one `set…` for every slot, then `commit`; where that gives false, `refuse` with the message's
 * text. What is no event at all goes to `reject`. `build` hands over what has come together. One slot costs about 10 ns
 * on the way of `setBytes`, and no object (benchmarks/throughput, csv).
 *
 * Errors by code: MR4010 type · MR4011 not finite · MR4012 range · MR4013 integer · MR4014 key · MR4015–4017 time · MR4022,
 * MR4023 too many, too long texts.
 */
export class BatchBuilder {
  readonly source: SourceNode;
  /** What symbols of its batches are of. */
  readonly symbols: SymbolTable;
  readonly slots: readonly BuilderSlot[];
  /**
   * When the messages that come now arrived; null: the source does not record it. Then a batch's arrivals are its
   * event times, and the engine's admission makes the arrival clock of them (MEANING.md 1).
   */
  arrivalUs: number | null = null;
  /** Of the source, in the identity of its events: says which one it is, and which it is after it was made anew. */
  sourceName = '';
  #built: readonly Column[] = []; // of the last batch, until the next one
  readonly #fields: readonly FieldBuffer[];
  readonly #columns: readonly FieldBuffer[]; // those of the needed fields, in the batch's order
  readonly #keys: readonly FieldBuffer[];
  readonly #keySlots: readonly number[];
  readonly #timeSlot: number; // -1: the event time is the arrival
  readonly #timeFormat: EpochUnit | 'iso';
  readonly #identity: readonly FieldBuffer[]; // source, sequence and item, or none
  #sequence = 0; // of the message that events come from
  #item = 0; // the place in it of the next event
  readonly #faultySlots: Uint8Array;
  #fault: Fault | undefined;
  #eventTimeUs = Number.NaN; // of the event that is being read
  #highestTimeUs = 0;
  #lastTimeUs = Number.NaN;
  #length = 0;
  #capacity = 0;
  #timeUs = new Float64Array(0);
  #arrivals = new Float64Array(0);
  #rejected: Rejection[] = [];
  #room = 0;
  #capacityHint = 64;
  #untilUs = Infinity;
  readonly #begun = { length: 0, item: 0, room: 0, lastTimeUs: Number.NaN, highestTimeUs: 0.5 };

  constructor(source: SourceNode, symbols: SymbolTable) {
    const needed = neededFields(source);
    this.source = source;
    this.symbols = symbols;
    this.slots = [
      ...source.fields.filter(isDecoded).map(field => ({ name: field.name, origin: field.from })),
      ...(source.time === null ? [] : [{ name: 'time', origin: source.time.from }]),
    ];
    this.#fields = source.fields.map(field => {
      const isKey = source.key.includes(field.name);
      return new FieldBuffer({ field, isKey, isColumn: needed.includes(field), symbols });
    });
    this.#columns = this.#fields.filter(buffer => buffer.isColumn);
    this.#keySlots = source.key.map(name => source.fields.findIndex(field => field.name === name));
    this.#keys = this.#keySlots.map(slot => this.#fields[slot]!);
    this.#identity = this.#columns.filter(buffer => !isDecoded(buffer.field));
    this.#timeSlot = source.time === null ? -1 : this.slots.length - 1;
    this.#timeFormat = source.time?.format ?? 'us';
    this.#faultySlots = new Uint8Array(this.slots.length);
  }

  /** Bounds the batch: after `maxEvents`, rejected ones counted, or an event of `untilUs` or later, there is no room. */
  limit(options: { readonly maxEvents: number; readonly untilUs?: number }): void {
    this.#room = options.maxEvents - this.size;
    this.#untilUs = options.untilUs ?? Infinity;
  }

  get hasRoom(): boolean {
    return this.#room > 0;
  }

  /** Where the event that is being read stands in the columns; they have room for it. For code that writes there itself. */
  openRow(): number {
    if (this.#capacity === 0) this.#grow();
    return this.#length;
  }

  /** Where the values of a slot go; undefined: it is the event time's. */
  fieldOf(slot: number): FieldBuffer | undefined {
    return this.#fields[slot === this.#timeSlot ? -1 : slot];
  }

  /** Events and rejections since the last `build`. */
  get size(): number {
    return this.#length + this.#rejected.length;
  }

  /** Event time of the last event that was taken; NaN before the first. */
  get lastTimeUs(): number {
    return this.#lastTimeUs;
  }

  /**
   * The events and rejections that follow are of this message. With the source's name and their place in it this tells them
   * apart, and it is the same whenever the message is read.
   */
  startMessage(sequence: number): void {
    this.#sequence = sequence;
    this.#item = 0;
  }

  setMissing(slot: number): void {
    const fault =
      slot === this.#timeSlot
        ? { code: 'MR4015', reason: `the time${this.#timeName()} is missing` }
        : this.#buffer(slot).putNull(this.#length);
    if (fault !== undefined) this.#mark(slot, fault);
  }

  /** UTF-8 text of a source in which all is text: numbers are read from it, and nothing is null. */
  setBytes(slot: number, bytes: Buffer, from: number, to: number): void {
    if (from === to) return this.setMissing(slot);
    if (slot === this.#timeSlot) return this.#setTimeBytes(bytes, from, to);
    const fault = this.#buffer(slot).putBytes(this.#length, bytes, from, to);
    if (fault !== undefined) this.#mark(slot, fault);
  }

  /** A number of a source in which text and numbers differ. */
  setNumber(slot: number, value: number): void {
    if (slot === this.#timeSlot) return this.#setTimeNumber(value);
    const fault = this.#buffer(slot).putNumber(this.#length, value);
    if (fault !== undefined) this.#mark(slot, fault);
  }

  /**
   * Numbers of a slot, in place of `setNumber`, of so many events: the one that is being read and those behind it, as long as none is
   * refused. False: some are not kept as they come, and each is to be set by itself.
   */
  setNumbers(slot: number, numbers: Float64Array, from: number, count: number): boolean {
    if (slot === this.#timeSlot) return false;
    while (this.#capacity < this.#length + count) this.#grow();
    return this.#fields[slot]!.putNumbers(this.#length, numbers, from, count);
  }

  /** UTF-8 text of a source in which text and numbers differ. */
  setText(slot: number, bytes: Buffer, from: number, to: number): void {
    if (slot === this.#timeSlot) return this.#setTimeBytes(bytes, from, to);
    const fault = this.#buffer(slot).putTextBytes(this.#length, bytes, from, to);
    if (fault !== undefined) this.#mark(slot, fault);
  }

  /** Digits of an integer beyond 2⁵³. */
  setBigInteger(slot: number, bytes: Buffer, from: number, to: number): void {
    if (slot === this.#timeSlot) this.#setTimeBytes(bytes, from, to);
    else this.setValue(slot, BigInt(bytes.toString('latin1', from, to)));
  }

  /** A value as JSON.parse gives it; integers beyond 2⁵³ as bigint. */
  setValue(slot: number, value: unknown): void {
    if (slot === this.#timeSlot) return this.#setTimeValue(value);
    const fault = this.#buffer(slot).putValue(this.#length, value);
    if (fault !== undefined) this.#mark(slot, fault);
  }

  /** A point in time of a source whose format has such a type, whatever the stream says about its own. */
  setInstant(slot: number, us: number): void {
    if (slot === this.#timeSlot) return this.#setTimeUs(us, us);
    const fault = this.#buffer(slot).putInstant(this.#length, us);
    if (fault !== undefined) this.#mark(slot, fault);
  }

  /** `takeBack` forgets the events that are committed from here on. In between there are no rejections, and no `build`. */
  begin(): void {
    this.#begun.length = this.#length;
    this.#begun.item = this.#item;
    this.#begun.room = this.#room;
    this.#begun.lastTimeUs = this.#lastTimeUs;
    this.#begun.highestTimeUs = this.#highestTimeUs;
  }

  takeBack(): void {
    this.#clearFault();
    this.#length = this.#begun.length;
    this.#item = this.#begun.item;
    this.#room = this.#begun.room;
    this.#lastTimeUs = this.#begun.lastTimeUs;
    this.#highestTimeUs = this.#begun.highestTimeUs;
  }

  /** The event is complete. False: the schema refuses it, and `refuse` must follow. */
  commit(): boolean {
    const item = this.#item++;
    if (this.#fault !== undefined) return false;
    if (this.#capacity === 0) this.#grow(); // a stream may have no fields
    const row = this.#length;
    if (this.#identity.length > 0 && !this.#writeIdentity(row, item)) return false;
    const timeUs = this.#timeSlot < 0 ? (this.arrivalUs ?? 0) : this.#eventTimeUs;
    this.#timeUs[row] = timeUs;
    this.#arrivals[row] = this.arrivalUs ?? timeUs;
    this.#lastTimeUs = timeUs;
    if (timeUs > this.#highestTimeUs) this.#highestTimeUs = timeUs;
    this.#length = row + 1;
    this.#room = timeUs >= this.#untilUs ? 0 : this.#room - 1;
    if (this.#length === this.#capacity) this.#grow();
    return true;
  }

  /** Keeps the event that `commit` refused, with what could be read of its key and time. */
  refuse(options: { readonly raw: string; readonly place?: string }): void {
    const fault = this.#fault!;
    const isTimeRead = this.#timeSlot >= 0 && this.#faultySlots[this.#timeSlot] === 0;
    this.#addRejection({
      ...fault,
      ...options,
      key: this.#readKey(),
      eventTimeUs: isTimeRead ? this.#eventTimeUs : null,
    });
    this.#clearFault();
  }

  /** Keeps what is no event at all. */
  reject(options: Fault & { readonly raw: string; readonly place?: string }): void {
    this.#item++;
    this.#addRejection({ ...options, key: null, eventTimeUs: null });
  }

  /** Hands over everything since the last call. */
  build(): EventBatch {
    const length = this.#length;
    const batch: EventBatch = {
      stream: this.source.id,
      length,
      timeUs: this.#timeUs.subarray(0, length),
      arrivalUs: this.#arrivals.subarray(0, length),
      columns: this.#columns.map(buffer => buffer.take(length)),
      rejected: this.#rejected,
    };
    this.#built = batch.columns.slice();
    this.#room += this.size;
    this.#rejected = [];
    this.#length = 0;
    this.#capacity = 0;
    this.#timeUs = new Float64Array(0);
    this.#arrivals = new Float64Array(0);
    this.#capacityHint = length + 64; // batches of one source tend to have one size
    return batch;
  }

  /**
   * The columns of what is not handed over yet, and of the batch that was last, though it may not have been taken: symbols
   * in them are in use.
   */
  heldColumns(): readonly Column[] {
    return [...this.#columns.map(buffer => buffer.column), ...this.#built];
  }

  #writeIdentity(row: number, item: number): boolean {
    const [source, sequence, place] = this.#identity as [FieldBuffer, FieldBuffer, FieldBuffer]; // as: there are three
    this.#fault = source.putText(row, this.sourceName) ?? sequence.putNumber(row, this.#sequence);
    place.putNumber(row, item);
    return this.#fault === undefined;
  }

  /** The field's buffer, with room for the row that is being written. */
  #buffer(slot: number): FieldBuffer {
    if (this.#capacity === 0) this.#grow();
    return this.#fields[slot]!;
  }

  #grow(): void {
    const capacity = Math.max(this.#capacity * 2, this.#capacityHint);
    for (const buffer of this.#columns) buffer.reserve(this.#length, capacity);
    this.#timeUs = grown(this.#timeUs, capacity);
    this.#arrivals = grown(this.#arrivals, capacity);
    this.#capacity = capacity;
  }

  #mark(slot: number, fault: Fault): void {
    this.#fault ??= fault;
    this.#faultySlots[slot] = 1;
  }

  #clearFault(): void {
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#faultySlots.fill(0);
  }

  #setTimeBytes(bytes: Buffer, from: number, to: number): void {
    const format = this.#timeFormat;
    let us = format === 'iso' ? parseIsoUs(bytes, from, to) : parseEpochUs(bytes, from, to, format);
    if (us >= 0 && us <= MAX_TIME_US) {
      this.#eventTimeUs = us;
      return;
    }
    const text = bytes.toString('utf8', from, to);
    if (text.trim() === '') return this.setMissing(this.#timeSlot);
    // `1.372896e9` comes from spreadsheets.
    if (Number.isNaN(us) && format !== 'iso') us = epochNumberUs(parseDecimal(bytes, from, to), format);
    this.#setTimeUs(us, text);
  }

  #setTimeNumber(value: number): void {
    const format = this.#timeFormat;
    this.#setTimeUs(format === 'iso' ? Number.NaN : epochNumberUs(value, format), value);
  }

  #setTimeValue(value: unknown): void {
    switch (typeof value) {
      case 'string': {
        const bytes = Buffer.from(value);
        return this.#setTimeBytes(bytes, 0, bytes.length);
      }
      case 'number':
        return this.#setTimeNumber(value);
      case 'bigint':
        return this.setValue(this.#timeSlot, String(value));
      default:
        if (value === null || value === undefined) return this.setMissing(this.#timeSlot);
        this.#setTimeUs(Number.NaN, value);
    }
  }

  #setTimeUs(us: number, written: unknown): void {
    if (us >= 0 && us <= MAX_TIME_US) {
      this.#eventTimeUs = us;
      return;
    }
    const name = this.#timeName();
    this.#mark(
      this.#timeSlot,
      Number.isNaN(us)
        ? {
            code: 'MR4016',
            reason: `the time${name} is ${shown(written)}, which does not read as ${this.#timeFormat}${this.#formatHint(written)}`,
          }
        : {
            code: 'MR4017',
            reason: `the time${name} is ${shown(written)}, read as ${this.#timeFormat}: outside 1970 to 2255${this.#unitHint(written)}`,
          },
    );
  }

  /** The unit that makes a date of our days of it. */
  #unitHint(written: unknown): string {
    const value = Number(written);
    const likely = (['s', 'ms', 'us', 'ns'] as const).find(unit => {
      const us = epochNumberUs(value, unit);
      return unit !== this.#timeFormat && us > YEAR_2000_US && us < YEAR_2100_US;
    });
    if (this.#timeFormat === 'iso' || likely === undefined) return '';
    return `; write \`as ${likely}\`, and it is of ${new Date(epochNumberUs(value, likely) / 1000).getUTCFullYear()}`;
  }

  #formatHint(written: unknown): string {
    // Not of an object: it may have a `toString` of its own, or be too deep for one.
    const bytes = Buffer.from(typeof written === 'string' || typeof written === 'number' ? String(written) : '');
    const isNumber = !Number.isNaN(parseDecimal(bytes, 0, bytes.length));
    if (this.#timeFormat === 'iso') {
      return isNumber ? '; write `as s`, `ms`, `us` or `ns` for a number' : ', such as 2026-01-31T08:30:00Z';
    }
    return Number.isNaN(parseIsoUs(bytes, 0, bytes.length)) ? '' : '; write `as iso` for it';
  }

  /** ` (ts)`: where the event time stands, in reasons. */
  #timeName(): string {
    const origin = this.source.time!.from;
    return origin.kind === 'path' && origin.path.length > 0 ? ` (${origin.path.join('.')})` : '';
  }

  #readKey(): Readonly<Record<string, Scalar>> | null {
    for (const slot of this.#keySlots) if (this.#faultySlots[slot] === 1) return null;
    return Object.fromEntries(this.#keys.map(buffer => [buffer.field.name, buffer.scalar(this.#length)]));
  }

  #addRejection(
    options: Fault & Pick<Rejection, 'key' | 'eventTimeUs'> & { readonly raw: string; readonly place?: string },
  ): void {
    this.#room--;
    this.#rejected.push({
      stream: this.source.id,
      code: options.code,
      reason: options.place === undefined ? options.reason : `${options.reason} (${options.place})`,
      raw: beginningOf(options.raw),
      arrivalUs: this.arrivalUs ?? this.#highestTimeUs,
      eventTimeUs: options.eventTimeUs,
      key: options.key,
      identity: this.#identityOf(this.#item - 1),
      atIndex: this.#length,
    });
  }

  #identityOf(item: number): EventIdentity | null {
    if (this.#identity.length === 0) return null;
    return { source: this.sourceName, sequence: this.#sequence, item };
  }
}

/** As a text of its own: a slice of a long message would keep all of it in memory. */
function beginningOf(raw: string): string {
  if (raw.length <= MAX_RAW_CHARACTERS) return raw;
  return Buffer.from(raw.slice(0, MAX_RAW_CHARACTERS), 'utf16le').toString('utf16le');
}

function isDecoded({ from }: SourceNode['fields'][number]): boolean {
  return from.kind !== 'identity';
}

function grown(from: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(capacity);
  to.set(from);
  return to;
}

const YEAR_2000_US = Date.UTC(2000, 0) * 1000;
const YEAR_2100_US = Date.UTC(2100, 0) * 1000;

/** Of a rejected message; more of it is not kept. */
export const MAX_RAW_CHARACTERS = 1_000;
