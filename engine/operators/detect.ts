import type { DetectorNode, OutputKind } from '../../dsl/plan.ts';
import { ARGUMENT, createDetector, type Detector, PERIOD, type Reading, VALUE } from '../anomaly/index.ts';
import { type Column, createColumn } from '../batch.ts';
import type { Frame, Operator, OperatorContext, Snapshot, View } from '../operator.ts';
import { HIGH, LOW } from '../forecast/forecast.ts';
import { writeNull, writeValue } from '../state/column-writer.ts';
import { KeyRecords } from '../state/key-records.ts';
import { isGood } from './is-good.ts';
import { maskOf } from './mask.ts';
import { slotOf } from './slot-of.ts';

const PLACES: Readonly<Record<OutputKind, number>> = {
  value: VALUE,
  period: PERIOD,
  argument: ARGUMENT,
  low: LOW,
  high: HIGH,
};

/** As far out as a reading counts, so that no sum of squares overflows: one such reading would be all that is known of a key ever after. */
const MOST = 1e100;

/**
 * `zscore(x, 1h)`, `anomaly(x, y)`: adds one column per output into `outputSlots`, in the node's order. A row that is no reading (an
 * argument is null, its quality is not good) gets null and is not remembered; what is beyond 1e100 counts as that. The columns are
 * the operator's own: they hold until its next frame. Cost and memory: the detector's (engine/anomaly, engine/forecast).
 * benchmark: detectors
 */
export function createDetect(node: DetectorNode, context: OperatorContext, outputSlots: readonly number[]): Operator {
  return new Detect(node, context, outputSlots);
}

class Detect implements Operator {
  readonly node: DetectorNode;
  readonly memory: Operator['memory'];
  readonly #view: View;
  readonly #arguments: readonly number[];
  readonly #quality: number | undefined;
  readonly #outputSlots: readonly number[];
  readonly #detector: Detector;
  readonly #records: KeyRecords;
  readonly #reading: Reading;
  readonly #result = new Float64Array(Object.keys(PLACES).length);
  readonly #names: readonly string[]; // of the arguments
  readonly #places: readonly number[]; // of the outputs, in a result
  readonly #outputs: Column[];

  constructor(node: DetectorNode, { input: view }: OperatorContext, outputSlots: readonly number[]) {
    this.node = node;
    this.#view = view;
    this.#arguments = node.arguments.map(name => slotOf(view, name));
    this.#quality = node.quality === null ? undefined : slotOf(view, node.quality);
    this.#outputSlots = outputSlots;
    this.#detector = createDetector(node);
    this.#records = new KeyRecords(this.#detector.width);
    this.#reading = { timeUs: 0, values: new Float64Array(node.arguments.length) };
    this.#names = node.arguments.map(name => name.replace(/^.*#/, ''));
    this.#places = node.outputs.map(({ of }) => PLACES[of]);
    this.#outputs = node.outputs.map(({ type }) => createColumn(type, 0));
    this.memory = { bytesPerKey: this.#detector.width * 8, plus: null };
  }

  process(frame: Frame): undefined {
    this.#provide(frame);
    if (!frame.hasRows) return;
    this.#records.reserve(this.#view.frame.keys.size);
    const mask = maskOf(frame, this.#view);
    const columns = this.#arguments.map(slot => frame.columns[slot]!);
    const quality = this.#quality === undefined ? undefined : frame.columns[this.#quality];
    const result = this.#result;
    for (let row = 0; row < frame.length; row++) {
      if (mask !== undefined && mask[row] === 0) continue;
      for (const place of this.#places) result[place] = Number.NaN;
      if ((quality === undefined || isGood(quality, row)) && this.#read(columns, row)) {
        const key = frame.keyIds[row]!;
        const record = this.#records.blockOf(key);
        this.#reading.timeUs = frame.timeUs[row]!;
        this.#detector.take(record, this.#records.startOf(key), this.#reading, result);
      }
      this.#write(row);
    }
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.#records.reserve(this.#view.frame.keys.size);
    return this.#records.snapshot(keyIds);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#records.reserve(this.#view.frame.keys.size);
    this.#records.restore(snapshot, keyIds);
  }

  forget(keyId: number): void {
    this.#records.reserve(this.#view.frame.keys.size);
    this.#records.forget(keyId);
  }

  get stateBytes(): number {
    return this.#records.stateBytes;
  }

  /** Room for the results, none of them null yet. */
  #provide(frame: Frame): void {
    for (const [i, { type }] of this.node.outputs.entries()) {
      if (this.#outputs[i]!.values.length < frame.length) this.#outputs[i] = createColumn(type, frame.length);
      this.#outputs[i]!.valid = undefined;
      frame.columns[this.#outputSlots[i]!] = this.#outputs[i];
    }
  }

  /** False: an argument is null. */
  #read(columns: readonly Column[], row: number): boolean {
    for (let i = 0; i < columns.length; i++) {
      const { values, valid } = columns[i]!;
      if (valid !== undefined && valid[row] === 0) return false;
      this.#reading.values[i] = Math.max(-MOST, Math.min(MOST, Number(values[row])));
    }
    return true;
  }

  #write(row: number): void {
    for (let i = 0; i < this.#outputs.length; i++) {
      const place = this.#places[i]!;
      const result = this.#result[place]!;
      if (Number.isNaN(result)) writeNull(this.#outputs[i]!, row);
      else writeValue(this.#outputs[i]!, row, place === ARGUMENT ? this.#names[result]! : result);
    }
  }
}
