import type { HistoryNode } from '../../dsl/plan.ts';
import { type Column, createColumn } from '../batch.ts';
import type { Frame, Operator, OperatorContext, Snapshot, View } from '../operator.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64, growUint32 } from '../state/growable.ts';
import { ValueSlots } from '../state/value-slots.ts';
import { Crossing } from './history/crossing.ts';
import type { Past } from './history/past.ts';
import { RunOfReadings } from './history/run-of-readings.ts';
import { isGood } from './is-good.ts';
import { maskOf } from './mask.ts';
import { slotOf } from './slot-of.ts';

/**
 * `prev(x, n)`, `changed(x)`, `becomes(c)`, `since(c)`, `rising(x, r)` and the like: adds one column, of what the key's earlier rows
 * say, into `outputSlot`. Meaning: docs/language/aggregates.md. The column is the operator's own: it holds until its next frame.
 * Cost: constant per row.
 */
export function createHistory(node: HistoryNode, context: OperatorContext, outputSlot: number): Operator {
  return new History(node, context.input, outputSlot);
}

class History implements Operator {
  readonly node: HistoryNode;
  readonly memory: Operator['memory'];
  readonly #view: View;
  readonly #argument: number;
  readonly #limit: number | undefined;
  readonly #quality: number | undefined;
  readonly #outputSlot: number;
  readonly #past: Past;
  #output: Column;

  constructor(node: HistoryNode, view: View, outputSlot: number) {
    this.node = node;
    this.#view = view;
    this.#argument = slotOf(view, node.argument);
    this.#limit = node.limit === undefined ? undefined : slotOf(view, node.limit);
    this.#quality = node.quality === undefined ? undefined : slotOf(view, node.quality);
    this.#outputSlot = outputSlot;
    this.#past = PASTS[node.function](node);
    this.#output = createColumn(node.type, 0);
    this.memory = { bytesPerKey: this.#past.bytesPerKey, plus: null };
  }

  process(frame: Frame): undefined {
    if (this.#output.values.length < frame.length) this.#output = createColumn(this.node.type, frame.length);
    this.#output.valid = undefined;
    frame.columns[this.#outputSlot] = this.#output;
    if (!frame.hasRows) return;
    this.#past.reserve(this.#view.frame.keys.size);
    const mask = maskOf(frame, this.#view);
    const argument = frame.columns[this.#argument]!;
    const limit = this.#limit === undefined ? undefined : frame.columns[this.#limit];
    const quality = this.#quality === undefined ? undefined : frame.columns[this.#quality];
    for (let row = 0; row < frame.length; row++) {
      if (mask !== undefined && mask[row] === 0) continue;
      const key = frame.keyIds[row]!;
      const timeUs = frame.timeUs[row]!;
      if (quality === undefined || isGood(quality, row))
        this.#past.pass(key, timeUs, argument, row, this.#output, limit);
      else this.#past.passOver!(key, timeUs, row, this.#output);
    }
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.#past.reserve(this.#view.frame.keys.size);
    return this.#past.snapshot(keyIds);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#past.reserve(this.#view.frame.keys.size);
    this.#past.restore(snapshot, keyIds);
  }

  forget(keyId: number): void {
    this.#past.reserve(this.#view.frame.keys.size);
    this.#past.forget(keyId);
  }

  get stateBytes(): number {
    return this.#past.stateBytes;
  }
}

const PASTS = {
  prev: node => new PastRows(node.events),
  changed: () => new LastValue('changed'),
  becomes: () => new LastValue('becomes'),
  since: () => new LastTrue(),
  rising: node => new RunOfReadings('rising', node),
  falling: node => new RunOfReadings('falling', node),
  stays: node => new RunOfReadings('stays', node),
  crosses: () => new Crossing(),
} satisfies { [K in HistoryNode['function']]: (node: HistoryNode) => Past };

/** The values of the last n rows, null before there were so many: a ring of n slots a key. */
class PastRows implements Past {
  readonly bytesPerKey: number;
  readonly #events: number;
  readonly #values = new ValueSlots();
  #oldest = new Uint32Array(0);

  constructor(events: number) {
    this.#events = events;
    this.bytesPerKey = 4 + events * ValueSlots.bytesPerSlot;
  }

  reserve(keyCount: number): void {
    this.#oldest = growUint32(this.#oldest, keyCount);
    this.#values.reserve(keyCount * this.#events);
  }

  pass(key: number, _timeUs: number, argument: Column, row: number, output: Column): void {
    const slot = key * this.#events + this.#oldest[key]!;
    this.#values.write(slot, output, row);
    this.#values.set(slot, argument, row);
    this.#oldest[key] = (this.#oldest[key]! + 1) % this.#events;
  }

  /** Oldest first. */
  snapshot(keyIds: Uint32Array): Snapshot {
    const slots = new Uint32Array(keyIds.length * this.#events);
    let to = 0;
    for (const key of keyIds) {
      const first = key * this.#events;
      for (let slot = this.#oldest[key]!; slot < this.#events; slot++) slots[to++] = first + slot;
      for (let slot = 0; slot < this.#oldest[key]!; slot++) slots[to++] = first + slot;
    }
    return this.#values.snapshot(slots);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    const slots = new Int32Array(keyIds.length * this.#events);
    let to = 0;
    for (const key of keyIds) {
      for (let slot = 0; slot < this.#events; slot++) slots[to++] = key < 0 ? -1 : key * this.#events + slot;
    }
    this.#values.restore(snapshot, slots);
  }

  forget(key: number): void {
    for (let slot = 0; slot < this.#events; slot++) this.#values.clear(key * this.#events + slot);
    this.#oldest[key] = 0;
  }

  get stateBytes(): number {
    return this.#oldest.byteLength + this.#values.stateBytes;
  }
}

/** The last value that was not null. `becomes` of a bool is a change to true. */
class LastValue implements Past {
  readonly bytesPerKey = ValueSlots.bytesPerSlot;
  readonly #function: 'changed' | 'becomes';
  readonly #last = new ValueSlots();

  constructor(name: 'changed' | 'becomes') {
    this.#function = name;
  }

  reserve(keyCount: number): void {
    this.#last.reserve(keyCount);
  }

  pass(key: number, _timeUs: number, argument: Column, row: number, output: Column): void {
    if (argument.valid !== undefined && argument.valid[row] === 0) {
      writeNull(output, row);
      return;
    }
    if (this.#function === 'becomes' && argument.values[row] === 0) writeNumber(output, row, 0);
    else if (this.#last.isNull(key)) writeNull(output, row);
    else writeNumber(output, row, this.#last.equals(key, argument, row) ? 0 : 1);
    this.#last.set(key, argument, row);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return this.#last.snapshot(keyIds);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#last.restore(snapshot, keyIds);
  }

  forget(key: number): void {
    this.#last.clear(key);
  }

  get stateBytes(): number {
    return this.#last.stateBytes;
  }
}

/** The time of the last row at which the condition was true; −Infinity: never yet. */
class LastTrue implements Past {
  readonly bytesPerKey = 8;
  #lastUs = new Float64Array(0);

  reserve(keyCount: number): void {
    this.#lastUs = growFloat64(this.#lastUs, keyCount, -Infinity);
  }

  pass(key: number, timeUs: number, argument: Column, row: number, output: Column): void {
    const isTrue = argument.values[row] === 1 && (argument.valid === undefined || argument.valid[row] === 1);
    if (isTrue) this.#lastUs[key] = timeUs;
    writeNumber(output, row, timeUs - this.#lastUs[key]!); // null where infinite
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return { lastUs: gatherFloat64(this.#lastUs, keyIds) };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    scatterFloat64(snapshot['lastUs'] as Float64Array, keyIds, this.#lastUs);
  }

  forget(key: number): void {
    this.#lastUs[key] = -Infinity;
  }

  get stateBytes(): number {
    return this.#lastUs.byteLength;
  }
}
