import type { RangeNode } from '../../dsl/plan.ts';
import { createRangeAggregate, type RangeAggregate } from '../aggregates/range-aggregate.ts';
import { RangeCells, rangesOfCells } from '../aggregates/range-cells.ts';
import { RangeInput } from '../aggregates/range-input.ts';
import { type Column, createColumn } from '../batch.ts';
import type { Frame, Operator, OperatorContext, Snapshot, View } from '../operator.ts';
import { growUint8 } from '../state/growable.ts';
import { RangeRing } from '../state/range-ring.ts';
import { restoreRows, snapshotRows } from '../state/range-rows.ts';
import { RangeSteps } from '../state/range-steps.ts';
import { isGood } from './is-good.ts';
import { maskOf } from './mask.ts';
import { slotOf } from './slot-of.ts';

/** Walked through at once when a snapshot is restored. */
const REPLAY_STEPS = 4096;

/**
 * `avg(temp, 1h)`, `max(rms, 10 events)`: adds one column per aggregate into `outputSlots`, in the node's order. Every row
 * of the view gets a value; a row whose quality is not good (or null) is in no range, its own neither. All aggregates share
 * one ring of rows. The columns are the operator's own: they hold until its next frame.
 *
 * Cost: amortised constant per row and aggregate (docs/language/aggregates.md says which need more).
 */
export function createRange(node: RangeNode, context: OperatorContext, outputSlots: readonly number[]): Operator {
  return new Range(node, context, outputSlots);
}

type Follower = { readonly aggregate: RangeAggregate; readonly index: number };

class Range implements Operator {
  readonly node: RangeNode;
  readonly #view: View;
  readonly #outputSlots: readonly number[];
  readonly #quality: number | undefined;
  readonly #ring = new RangeRing();
  readonly #steps = new RangeSteps();
  readonly #inputs = new Map<string, RangeInput>();
  readonly #cells: RangeCells; // moves the ring
  readonly #followers: readonly Follower[];
  readonly #followed: readonly RangeInput[];
  readonly #outputs: Column[];
  #isGood = new Uint8Array(0);

  constructor(node: RangeNode, context: OperatorContext, outputSlots: readonly number[]) {
    const { input: view } = context;
    this.node = node;
    this.#view = view;
    this.#outputSlots = outputSlots;
    this.#quality = node.quality === null ? undefined : slotOf(view, node.quality);
    const columns = node.aggregates.map((column, index) => {
      const inputs = column.arguments.map(name => this.#inputOf(name));
      return { column, inputs, input: inputs[0], index };
    });
    const ofCells = rangesOfCells(columns);
    const others = columns.filter(column => !ofCells.includes(column));
    this.#followed = [...new Set(others.flatMap(({ inputs }) => inputs))];
    this.#followers = others.map(({ column, inputs, index }) => ({
      aggregate: createRangeAggregate({ column, ring: this.#ring, inputs }),
      index,
    }));
    this.#cells = new RangeCells(ofCells, {
      ring: this.#ring,
      range: node.range,
      symbols: context.symbols,
      hasFollowers: others.length > 0,
    });
    this.#outputs = node.aggregates.map(({ type }) => createColumn(type, 0));
  }

  process(frame: Frame): undefined {
    this.#provide(frame.length);
    this.#outputSlots.forEach((slot, i) => {
      frame.columns[slot] = this.#outputs[i];
    });
    if (!frame.hasRows) return;
    this.#ring.reserve(this.#view.frame.keys.size);
    const hasFollowers = this.#followers.length > 0;
    if (hasFollowers) this.#steps.reserve(frame.length);
    const choice = { mask: maskOf(frame, this.#view), isTaken: this.#goodRows(frame) };
    this.#cells.take(frame, choice, { outputs: this.#outputs, steps: this.#steps });
    if (hasFollowers) {
      for (const input of this.#followed) input.take(this.#steps, frame);
      this.#follow();
      for (let step = 0; step < this.#steps.length; step++) this.#ring.release(this.#steps.keys[step]!);
    }
    this.#ring.copyAhead(frame.length);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.#ring.reserve(this.#view.frame.keys.size);
    const inputs = Object.fromEntries([...this.#inputs].map(([name, input]) => [name, input.snapshot(keyIds)]));
    return { ring: snapshotRows(this.#ring, keyIds), named: inputs };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#ring.reserve(this.#view.frame.keys.size);
    const saved = restoreRows(this.#ring, snapshot['ring'] as Snapshot, keyIds);
    const inputs = snapshot['named'] as { readonly [name: string]: Snapshot };
    for (const [name, input] of this.#inputs) input.restore(inputs[name]!, saved);
    this.#cells.restore(keyIds);
    if (this.#followers.length === 0) return;
    this.#provide(REPLAY_STEPS);
    this.#steps.replay(this.#ring, keyIds, { limit: REPLAY_STEPS, follow: () => this.#follow() });
  }

  forget(keyId: number): void {
    this.#ring.forget(keyId);
    for (const input of this.#inputs.values()) input.forget(keyId);
    this.#cells.forget(keyId);
    for (const { aggregate } of this.#followers) aggregate.forget(keyId);
  }

  get stateBytes(): number {
    let bytes = this.#ring.stateBytes;
    for (const input of this.#inputs.values()) bytes += input.stateBytes;
    for (const { aggregate } of this.#followers) bytes += aggregate.stateBytes;
    return bytes + this.#cells.stateBytes;
  }

  /** A ring has up to twice the places that it needs, and the arrays behind it up to twice the rings. */
  get memory(): Operator['memory'] {
    let bytesPerRow = 8 + this.#inputs.size * 8;
    let bytesPerKey = RangeRing.bytesPerKey + this.#inputs.size * 4;
    for (const aggregate of [this.#cells, ...this.#followers.map(follower => follower.aggregate)]) {
      bytesPerRow += aggregate.bytesPerRow;
      bytesPerKey += aggregate.bytesPerKey;
    }
    const { range } = this.node;
    const rows = 'us' in range ? `rows of the last ${range.us / 1e6} s` : `last ${range.events} rows`;
    return { bytesPerKey, plus: `${bytesPerRow} to ${bytesPerRow * 4} bytes for each of the ${rows}` };
  }

  #follow(): void {
    for (const input of this.#followed) input.count(this.#steps);
    for (const { aggregate, index } of this.#followers) aggregate.follow(this.#steps, this.#outputs[index]!);
  }

  /** Room for `length` results, none of them null yet. */
  #provide(length: number): void {
    for (const [i, { type }] of this.node.aggregates.entries()) {
      if (this.#outputs[i]!.values.length < length) this.#outputs[i] = createColumn(type, length);
      this.#outputs[i]!.valid = undefined;
    }
  }

  #goodRows(frame: Frame): Uint8Array | undefined {
    if (this.#quality === undefined) return undefined;
    const quality = frame.columns[this.#quality]!;
    this.#isGood = growUint8(this.#isGood, frame.length);
    for (let entry = 0; entry < frame.length; entry++) this.#isGood[entry] = isGood(quality, entry) ? 1 : 0;
    return this.#isGood;
  }

  #inputOf(name: string): RangeInput {
    let input = this.#inputs.get(name);
    if (input === undefined) this.#inputs.set(name, (input = new RangeInput(slotOf(this.#view, name), this.#ring)));
    return input;
  }
}
