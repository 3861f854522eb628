import type { SourceNode } from '../../dsl/plan.ts';
import {
  type Column,
  type EventBatch,
  identityColumns,
  neededFields,
  readScalar,
  type Rejection,
  type SymbolTable,
} from '../batch.ts';
import type { ArrivalClock } from '../connector.ts';
import { gatherColumn, restoreColumn, snapshotColumn } from '../state/columns.ts';
import { gatherFloat64 } from '../state/gather.ts';
import type { Snapshot } from '../operator.ts';

/**
 * The arrival clock of a source, and the check against it (MEANING.md 1). Where arrivals are recorded, the effective
 * arrival is the greatest so far, and an event more than `future` ahead of it is rejected. Where they are not, arrival
 * is the highest event time so far; an event more than `future` ahead of that, or the very first, is held until the
 * next one confirms it.
 */
export class ArrivalGate {
  readonly #stream: string;
  readonly #isRecorded: boolean;
  readonly #futureUs: number;
  readonly #nameAt: NameAt;
  #nowUs = -Infinity;
  #firstUs = Infinity; // the arrival of the first message
  #highestUs = 0; // of all events so far, refused ones too, where arrivals are not recorded
  #held: EventBatch | undefined; // of one event

  constructor(options: {
    readonly stream: string;
    readonly isRecorded: boolean;
    readonly futureUs: number;
    readonly nameAt: NameAt;
  }) {
    this.#stream = options.stream;
    this.#isRecorded = options.isRecorded;
    this.#futureUs = options.futureUs;
    this.#nameAt = options.nameAt;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** When the first message arrived, one that was refused too; Infinity: none has. */
  get firstUs(): number {
    return this.#firstUs;
  }

  /** Of the whole source, of which a part passes here. */
  start(firstUs: number): void {
    this.#firstUs = firstUs;
  }

  get futureUs(): number {
    return this.#futureUs;
  }

  /** Whether an event that is not behind the clock, nor too far ahead of it, arrives at its own time. */
  get passesInOrder(): boolean {
    return !this.#isRecorded && this.#held === undefined && this.#nowUs > -Infinity;
  }

  tick(arrivalUs: number): void {
    if (arrivalUs > this.#nowUs) this.#nowUs = arrivalUs;
  }

  /**
   * The events that may pass, with their effective arrival. `rejected` holds what the codec refused of the batch, and then all
   * that was refused of it: in the order in which that was known, with effective arrivals, too.
   */
  admit(batch: EventBatch, rejected: Rejection[]): EventBatch {
    const admitted = this.#isRecorded ? this.#admitRecorded(batch, rejected) : this.#admitAsRead(batch, rejected);
    if (this.#firstUs === Infinity) this.#firstUs = firstOf(admitted, this.#isRecorded ? rejected : []);
    return admitted;
  }

  /** The end of the source: the first event passes unconfirmed, since nothing speaks against it; others do not. */
  finish(rejected: Rejection[]): EventBatch | undefined {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return undefined;
    if (this.#nowUs > -Infinity) {
      rejected.push(
        this.#refuse(
          held,
          0,
          'no later event confirms it; where the series has such gaps, give the stream a longer `future`',
        ),
      );
      return undefined;
    }
    this.#nowUs = held.timeUs[0]!;
    held.arrivalUs[0] = this.#nowUs;
    return held;
  }

  /** Of an event that waits for the next one. */
  heldColumns(): readonly Column[] {
    return this.#held?.columns ?? [];
  }

  snapshot(): Snapshot {
    const held = this.#held;
    return {
      nowUs: this.#nowUs,
      firstUs: this.#firstUs,
      highestUs: this.#highestUs,
      held:
        held === undefined
          ? null
          : { timeUs: held.timeUs[0]!, columns: held.columns.map(column => snapshotColumn(column, 1)) },
    };
  }

  restore(snapshot: Snapshot): void {
    this.#nowUs = snapshot['nowUs'] as number;
    this.#firstUs = snapshot['firstUs'] as number;
    this.#highestUs = snapshot['highestUs'] as number;
    const held = snapshot['held'] as Snapshot | null;
    if (held === null) return;
    const timeUs = Float64Array.of(held['timeUs'] as number);
    const columns = (held['columns'] as Snapshot[]).map(restoreColumn);
    this.#held = { stream: this.#stream, length: 1, timeUs, arrivalUs: timeUs.slice(), columns, rejected: [] };
  }

  #admitRecorded(batch: EventBatch, rejected: Rejection[]): EventBatch {
    if (rejected.length === 0 && this.#areAllExpected(batch)) return batch;
    const { length, timeUs, arrivalUs } = batch;
    const told = new ToldRejections(rejected);
    const dated = (rejection: Rejection) => {
      this.tick(rejection.arrivalUs); // a message that is refused arrives as any other
      return { ...rejection, arrivalUs: this.#nowUs };
    };
    const kept: number[] = [];
    for (let i = 0; i < length; i++) {
      told.upTo(i, dated);
      this.tick(arrivalUs[i]!);
      arrivalUs[i] = this.#nowUs;
      if (timeUs[i]! > this.#nowUs + this.#futureUs) told.add(this.#refuse(batch, i, 'it is ahead of its arrival'));
      else kept.push(i);
    }
    told.upTo(Infinity, dated);
    return kept.length === length ? batch : gatherBatch(batch, kept);
  }

  /** True, and the clock has moved, if no arrival falls and no event is too far ahead. benchmark: throughput/filter */
  #areAllExpected({ length, timeUs, arrivalUs }: EventBatch): boolean {
    const futureUs = this.#futureUs;
    let nowUs = this.#nowUs;
    for (let i = 0; i < length; i++) {
      const arrival = arrivalUs[i]!;
      if (arrival < nowUs || timeUs[i]! > arrival + futureUs) return false;
      nowUs = arrival;
    }
    this.#nowUs = nowUs;
    return true;
  }

  #admitAsRead(next: EventBatch, rejected: Rejection[]): EventBatch {
    const highestUs = this.#highestUs;
    this.#noteHighest(next);
    if (rejected.length === 0) {
      if (next.length === 0) return next;
      if (this.#held === undefined && this.#passAll(next)) return next;
    }
    const told = new ToldRejections(rejected, this.#held === undefined ? 0 : 1);
    const batch = this.#held === undefined ? next : concatenate(this.#held, next);
    this.#held = undefined;
    const { length, timeUs, arrivalUs } = batch;
    const kept: number[] = [];
    let confirmedUs = this.#nowUs; // by the events before a place alone, so that it does not matter how many are read at once
    // Before any event has passed there is no clock: the source knows the highest time of its own run.
    const dated = (rejection: Rejection) => ({
      ...rejection,
      arrivalUs: confirmedUs > -Infinity ? confirmedUs : Math.max(rejection.arrivalUs, highestUs),
    });
    for (let i = 0; i < length; i++) {
      told.upTo(i, dated);
      const isExpected = this.#nowUs > -Infinity && timeUs[i]! <= this.#nowUs + this.#futureUs;
      const isConfirmed = i < length - 1 && timeUs[i + 1]! >= timeUs[i]! - this.#futureUs;
      confirmedUs = this.#nowUs;
      if (isExpected || isConfirmed) {
        this.tick(timeUs[i]!);
        arrivalUs[i] = this.#nowUs;
        kept.push(i);
        if (isExpected) confirmedUs = this.#nowUs;
      } else if (i === length - 1) {
        this.#held = gatherBatch(batch, [i]);
      } else {
        told.upTo(i + 1, dated); // the next event is what decides
        told.add(this.#refuse(batch, i, 'the next event lies before it again'));
      }
    }
    told.upTo(Infinity, dated);
    return kept.length === length ? batch : gatherBatch(batch, kept);
  }

  #noteHighest({ length, timeUs }: EventBatch): void {
    for (let i = 0; i < length; i++) if (timeUs[i]! > this.#highestUs) this.#highestUs = timeUs[i]!;
  }

  /** True, and the arrivals are set, if no event of the batch is too far ahead; always false for the first of all. */
  #passAll(batch: EventBatch): boolean {
    const { length, timeUs, arrivalUs } = batch;
    let nowUs = this.#nowUs;
    for (let i = 0; i < length; i++) {
      const t = timeUs[i]!;
      if (t > nowUs) {
        if (t > nowUs + this.#futureUs) return false;
        nowUs = t;
      }
      arrivalUs[i] = nowUs;
    }
    this.#nowUs = nowUs;
    return true;
  }

  #refuse(batch: EventBatch, i: number, why: string): Rejection {
    const eventTimeUs = batch.timeUs[i]!;
    return {
      stream: this.#stream,
      code: 'MR4020',
      reason: `the event's time ${new Date(eventTimeUs / 1000).toISOString()} is too far in the future: ${why}`,
      raw: '',
      arrivalUs: this.#isRecorded ? batch.arrivalUs[i]! : Math.max(this.#nowUs, 0),
      eventTimeUs,
      ...this.#nameAt(batch, i),
      atIndex: i,
    };
  }
}

/** What is refused of a batch, in the order in which it is known: what the codec refused stands before an event. */
class ToldRejections {
  readonly #rejected: Rejection[];
  readonly #ofCodec: readonly Rejection[];
  readonly #shift: number;
  #next = 0;

  /** `rejected` is emptied, and filled again; `shift`: so many events stand before the batch that it counts from. */
  constructor(rejected: Rejection[], shift = 0) {
    this.#ofCodec = rejected.splice(0);
    this.#rejected = rejected;
    this.#shift = shift;
  }

  /** Those that stood before the event at this place. */
  upTo(place: number, dated: (rejection: Rejection) => Rejection): void {
    for (; this.#next < this.#ofCodec.length; this.#next++) {
      const rejection = this.#ofCodec[this.#next]!;
      if (rejection.atIndex + this.#shift > place) return;
      this.#rejected.push(dated(rejection));
    }
  }

  add(refusal: Rejection): void {
    this.#rejected.push(refusal);
  }
}

function firstOf({ length, arrivalUs }: EventBatch, rejected: readonly Rejection[]): number {
  return rejected.reduce(
    (firstUs, rejection) => Math.min(firstUs, rejection.arrivalUs),
    length > 0 ? arrivalUs[0]! : Infinity,
  );
}

/** The gate that all events of a source pass. `admitted`: they have passed one before. */
export function gateOf(node: SourceNode, arrivalClock: ArrivalClock | 'admitted', symbols: SymbolTable): ArrivalGate {
  return new ArrivalGate({
    stream: node.id,
    isRecorded: arrivalClock !== 'as-read',
    futureUs: arrivalClock === 'admitted' ? Infinity : futureUsOf(node, arrivalClock),
    nameAt: nameReader(node, symbols),
  });
}

/** Whose and which event it is, for whoever looks for what was rejected. */
export type NameAt = (batch: EventBatch, i: number) => Pick<Rejection, 'key' | 'identity'>;

export function nameReader(node: SourceNode, symbols: SymbolTable): NameAt {
  const fields = neededFields(node);
  const columns = node.key.map(name => fields.findIndex(field => field.name === name));
  const identity = identityColumns(node);
  return ({ columns: values }, i) => {
    const scalar = (column: number) => readScalar(values[column]!, i, symbols);
    const [source, sequence, item] = identity.map(scalar);
    return {
      key: Object.fromEntries(node.key.map((name, k) => [name, scalar(columns[k]!)])),
      identity:
        source === undefined ? null : { source: String(source), sequence: Number(sequence), item: Number(item) },
    };
  };
}

const DAY_US = 86_400_000_000;
const HOUR_US = 3_600_000_000;

/** How far ahead of its arrival an event may be, where the stream does not say (MEANING.md 1). */
function futureUsOf({ futureUs }: SourceNode, arrivalClock: ArrivalClock): number {
  return futureUs ?? (arrivalClock === 'recorded' ? HOUR_US : DAY_US);
}

function gatherBatch(batch: EventBatch, indexes: readonly number[]): EventBatch {
  const rows = Uint32Array.from(indexes);
  return {
    ...batch,
    length: rows.length,
    timeUs: gatherFloat64(batch.timeUs, rows),
    arrivalUs: gatherFloat64(batch.arrivalUs, rows),
    columns: batch.columns.map(column => gatherColumn(column, rows, rows.length)),
  };
}

/** The held event, then the batch. */
function concatenate(held: EventBatch, batch: EventBatch): EventBatch {
  const length = batch.length + 1;
  const timeUs = new Float64Array(length);
  timeUs[0] = held.timeUs[0]!;
  timeUs.set(batch.timeUs.subarray(0, batch.length), 1);
  const columns = batch.columns.map((column, c) => {
    const rows = new Uint32Array(length);
    for (let i = 1; i < length; i++) rows[i] = i - 1;
    const joined = gatherColumn(column, rows, length);
    const heldColumn = held.columns[c]!;
    joined.values[0] = heldColumn.values[0]!;
    if (heldColumn.valid !== undefined && heldColumn.valid[0] === 0) joined.valid ??= new Uint8Array(length).fill(1);
    if (joined.valid !== undefined) joined.valid[0] = heldColumn.valid === undefined ? 1 : heldColumn.valid[0]!;
    return joined;
  });
  return { ...batch, length, timeUs, arrivalUs: new Float64Array(length), columns };
}
